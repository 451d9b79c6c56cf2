// POST /admin/v1/teams/{team}/members:import: a list of members as CSV, taken whole or not at all. Who is not on it stays.

import { createRoute, z } from '@hono/zod-openapi';
import { memberRoles } from '../../../schema/d1/tables.ts';
import { userIdSchema } from '../../../schema/ids.ts';
import { fail, type Result, succeed } from '../../../schema/result.ts';
import { inForce } from '../../administration.ts';
import {
  importMembers,
  type ImportedMember,
  MAX_IMPORTED_MEMBERS,
  previewImport,
} from '../../records/member-import.ts';
import { parseCsv } from './csv.ts';
import { actOf, type AdminApp } from './dependencies.ts';
import { type ErrorBody, errorOf, refuse } from './failure.ts';
import { jsonAnswer, refusals } from './responses.ts';
import { teamPath } from './teams.ts';

const MAX_PROBLEMS_SHOWN = 20;
const COLUMNS = ['user', 'email', 'role'] as const;

const NO_ADDRESS = 'must be an e-mail address or empty';

const rowForm = z.object({
  user: userIdSchema,
  email: z.union([z.literal('').transform(() => null), z.email(NO_ADDRESS)], { error: NO_ADDRESS }).default(null),
  role: z
    .union([z.literal('').transform(() => 'member' as const), z.enum(memberRoles)], {
      error: `must be one of ${memberRoles.join(', ')}`,
    })
    .default('member'),
});

const importBody = z
  .object({
    dryRun: z.boolean(),
    added: z.int(),
    changed: z.int(),
    unchanged: z.int(),
  })
  .openapi('MemberImport');

const route = createRoute({
  method: 'post',
  path: '/admin/v1/teams/{team}/members:import',
  request: {
    params: teamPath,
    query: z.strictObject({
      dryRun: z
        .enum(['true', 'false'], 'must be true or false')
        .default('false')
        .openapi({ description: 'true says what would happen, and does nothing.' }),
    }),
    body: {
      required: true,
      content: {
        'text/csv': { schema: z.string().openapi({ example: 'user,email,role\nada,ada@example.com,lead\n' }) },
      },
    },
  },
  responses: { 200: jsonAnswer('Taken, or what taking it would do', importBody), ...refusals },
});

export function memberImportRoutes(app: AdminApp): void {
  app.openapi(route, async (context) => {
    const { team } = context.req.valid('param');
    const dryRun = context.req.valid('query').dryRun === 'true';
    const read = readMembers(await context.req.text());
    if (!read.ok) return context.json(read.failure, 400);
    const { admin } = context.var;
    const imported = dryRun
      ? await previewImport(admin.db, team, read.value)
      : await inForce(admin, await importMembers(actOf(context), team, read.value));
    return imported.ok ? context.json({ dryRun, ...imported.value }, 200) : refuse(context, imported.failure);
  });
}

/** All rows, or what is wrong with the first twenty that are. */
function readMembers(text: string): Result<ImportedMember[], ErrorBody> {
  const [header, ...lines] = parseCsv(text);
  if (header === undefined || !header.includes('user'))
    return invalid('the first line', 'must name its columns, user among them');
  const unknown = header.find((name) => !COLUMNS.some((column) => column === name));
  if (unknown !== undefined) return invalid(unknown, `is no column of members; there are ${COLUMNS.join(', ')}`);
  if (lines.length > MAX_IMPORTED_MEMBERS)
    return invalid('the file', `must have at most ${MAX_IMPORTED_MEMBERS} members`);
  const members = new Map<string, ImportedMember>();
  const issues: { field: string; message: string }[] = [];
  for (const [place, cells] of lines.entries()) {
    const at = `line ${place + 2}`;
    const row = rowForm.safeParse(Object.fromEntries(header.map((name, column) => [name, cells[column]])));
    if (cells.length !== header.length) issues.push({ field: at, message: `must have ${header.length} cells` });
    else if (!row.success) {
      issues.push(...row.error.issues.map(({ path, message }) => ({ field: `${at}: ${path.join('.')}`, message })));
    } else if (members.has(row.data.user)) issues.push({ field: `${at}: user`, message: 'is in the file twice' });
    else members.set(row.data.user, row.data);
  }
  const [first] = issues;
  if (first !== undefined) return invalid(first.field, first.message, issues.slice(0, MAX_PROBLEMS_SHOWN));
  return succeed([...members.values()]);
}

function invalid(field: string, message: string, issues: readonly object[] = []): Result<never, ErrorBody> {
  return fail(errorOf('invalid_request', `${field} ${message}`, { field, issues: [...issues] }));
}
