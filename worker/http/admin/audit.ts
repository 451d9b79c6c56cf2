// Who changed what, when: GET /admin/v1/audit, and whether nobody has touched that: GET /admin/v1/audit/verify.

import { createRoute, z } from '@hono/zod-openapi';
import { teamIdSchema } from '../../../schema/ids.ts';
import { isObject, type JsonObject, parseJson } from '../../../schema/json.ts';
import { type AuditFilter, listAudit } from '../../records/audit.ts';
import { checkAudit, MAX_ROWS_PER_CHECK } from '../../records/audit-check.ts';
import { type AuditRow, NO_HASH } from '../../records/audit-row.ts';
import type { AdminApp } from './dependencies.ts';
import { refuse } from './failure.ts';
import { emptySpan, isForward, isoTime, momentField } from './fields.ts';
import { cursorField, limitField, type ListScope, pageOf, pageSchema, positionIn } from './page.ts';
import { jsonAnswer, refusals } from './responses.ts';

const MAX_NAME_LENGTH = 200;
const nameField = z.string().min(1).max(MAX_NAME_LENGTH);
/** A form that no row has finds nothing, which would read as nothing done. */
const actorField = nameField.regex(
  /[:/]/,
  'must be such as "person:fay", "payments/ada" for a member, "token:admin" or "system:sweep"',
);
const actionField = nameField.regex(/^[a-z_-]+\.[a-z-]+$/, 'must be such as "budget.put" or "key.revoke"');

const auditBody = z
  .object({
    seq: z.int().openapi({ description: 'Counts from 1 without a gap.' }),
    at: z.iso.datetime(),
    actor: z
      .string()
      .openapi({ description: '"person:fay", "payments/ada" for a member, "token:admin", "system:…" for Headgate.' }),
    action: z.string().openapi({ example: 'budget.put' }),
    team: z.string().nullable(),
    target: z.string().openapi({ description: 'The id of what was changed.' }),
    detail: z
      .record(z.string(), z.unknown())
      .openapi({ description: 'What was said of it; `before` is the record as it was.' }),
    requestId: z.string().nullable().openapi({ description: 'x-headgate-request-id of the answer.' }),
    prevHash: z.string(),
    hash: z.string().openapi({ description: 'SHA-256 over the row and the hash before it.' }),
  })
  .openapi('AuditEntry');

const list = createRoute({
  method: 'get',
  path: '/admin/v1/audit',
  request: {
    query: z
      .strictObject({
        team: teamIdSchema.optional(),
        actor: actorField.optional(),
        action: actionField.optional(),
        target: nameField.optional(),
        from: momentField.optional(),
        to: momentField.optional(),
        limit: limitField,
        cursor: cursorField(z.int()),
      })
      .refine(isForward, emptySpan),
  },
  responses: { 200: jsonAnswer('Changes, newest first', pageSchema(auditBody)), ...refusals },
});

const markBody = z.object({ seq: z.int(), hash: z.string() });

const checkBody = z
  .object({
    ok: z.boolean().openapi({ description: 'Whether all that was looked at is as it was written.' }),
    complete: z.boolean().openapi({ description: 'Whether it was looked at to the end; else go on after `last`.' }),
    checked: z.int(),
    firstBad: z.object({ seq: z.int(), problem: z.enum(['missing', 'changed', 'detached']) }).nullable(),
    last: markBody.openapi({
      description: 'The last good row. Noted elsewhere, it proves later what was there today.',
    }),
    head: markBody,
  })
  .openapi('AuditCheck');

const verify = createRoute({
  method: 'get',
  path: '/admin/v1/audit/verify',
  request: {
    query: z
      .strictObject({
        after: z.coerce.number().int().min(1).optional().openapi({ description: 'A row noted earlier as good.' }),
        hash: z
          .string()
          .regex(/^[0-9a-f]{64}$/, 'must be the hash of that row')
          .optional(),
      })
      .refine(({ after, hash }) => (after === undefined) === (hash === undefined), {
        path: ['hash'],
        message: 'must be given together with after',
      }),
  },
  responses: { 200: jsonAnswer(`What at most ${MAX_ROWS_PER_CHECK} rows show`, checkBody), ...refusals },
});

export function auditRoutes(app: AdminApp): void {
  app.openapi(list, async (context) => {
    const { limit, cursor, from, to, team, actor, action, target } = context.req.valid('query');
    const filter: AuditFilter = {
      team: team ?? null,
      actor: actor ?? null,
      action: action ?? null,
      target: target ?? null,
      fromMs: from ?? null,
      toMs: to ?? null,
    };
    const scope: ListScope = ['audit', filter];
    const before = positionIn(scope, cursor);
    if (!before.ok) return refuse(context, before.failure);
    const rows = await listAudit(context.var.admin.db, filter, limit + 1, before.value);
    return context.json(
      pageOf(scope, rows, limit, presentEntry, ({ seq }) => seq),
      200,
    );
  });

  app.openapi(verify, async (context) => {
    const { after = 0, hash = NO_HASH } = context.req.valid('query');
    const { firstBad, checked, last, head } = await checkAudit(context.var.admin.db, { seq: after, hash });
    const complete = firstBad === null && last.seq >= head.seq;
    return context.json({ ok: firstBad === null, complete, checked, firstBad, last, head }, 200);
  });
}

function presentEntry({ at, detail, ...row }: AuditRow): z.infer<typeof auditBody> {
  return { ...row, at: isoTime(at), detail: { ...detailOf(detail) } };
}

/** A row that somebody has tampered with is shown as well as can be. */
function detailOf(text: string): JsonObject {
  const detail = parseJson(text);
  return isObject(detail) ? detail : { unreadable: text };
}
