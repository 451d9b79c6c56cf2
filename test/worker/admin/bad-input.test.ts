// Every described route × input that no schema should take: refused with the field named, nothing fails, nothing happens.

import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { StandingReply } from '../../../schema/ledger.ts';
import { ADMIN_TOKEN, AdminApi, type Answer } from './admin-api.ts';
import {
  type BodySchema,
  describedBy,
  type Description,
  filled,
  queryOf,
  type Route,
  withQuery,
} from './described-routes.ts';
import { signOnAt } from './signed-on.ts';

const INJECTION = `x'; DROP TABLE teams; --`;
const HOSTILE = [INJECTION, '"><script>', '\u0000', '../../etc/passwd', '${7*7}', '9'.repeat(400), '-1', '[]'];
/** Names that are compared with what is stored and with nothing else: any text is one. */
const FREE_TEXT = new Set(['actor', 'action', 'target', 'costCenter']);
/** Lists of names, where the vendor takes any. */
const FREE_LISTS = /^(?:project|api_key|user|workspace|account)_ids(?:\[\])?$|^(?:line_items|models)(?:\[\])?$/u;
const refusalForm = z.looseObject({
  error: z.looseObject({
    message: z.string(),
    param: z.string().nullish(),
    details: z
      .looseObject({ field: z.string().optional(), issues: z.array(z.object({ field: z.string() })).optional() })
      .optional(),
  }),
});

const api = new AdminApi();
signOnAt(api);
let routes: Description['routes'];
let bodySchema: Description['bodySchema'];

beforeAll(async () => {
  ({ routes, bodySchema } = await describedBy(api));
  api.ledgers.standing = (team, digest): StandingReply => {
    const { keys, access } = api.ledgers.last(team).config;
    const key = keys.find((each) => each.digest === digest);
    if (key === undefined) return { outcome: 'refused', reason: 'unknown_key' };
    return { outcome: 'identified', member: key.user, key: key.id, access, asOfMs: api.nowMs, budgets: [] };
  };
  const team = await api.team();
  await api.expect(201, 'PUT', `/teams/${team}/members/lea`, { role: 'lead' });
});

/** An admin, or at /me a lead: whatever is refused is so for its input. */
function send(route: Route, path: string, body?: string, type = 'application/json'): Promise<Answer> {
  const authorization =
    route.path.startsWith('/me/') || route.path === '/me' ? 'Bearer eyJ.lea.' : `Bearer ${ADMIN_TOKEN}`;
  const headers = { authorization, ...(body !== undefined && { 'content-type': type }) };
  return api.send(route.method, path, { headers, ...(body !== undefined && { body }) });
}

/** The names that a refusal gives to what is wrong: at most the outermost part of a path counts. */
function namedIn({ body }: Answer): string {
  const parsed = refusalForm.safeParse(body);
  if (!parsed.success) return '';
  const { message, param, details } = parsed.data.error;
  return [message, param ?? '', details?.field ?? '', ...(details?.issues ?? []).map(({ field }) => field)].join(' ');
}

const brackets = /\[\]$/u;

function expectRefused(answer: Answer, asked: { readonly field: string } & Record<string, unknown>): void {
  const name = asked.field.replace(brackets, '');
  expect({ ...asked, status: answer.status, named: namedIn(answer) }).toEqual({
    ...asked,
    status: 400,
    named: expect.stringContaining(name),
  });
}

/** What tells the kinds of a body apart. */
const VARIANTS = [
  { unit: 'usd' },
  { unit: 'tokens' },
  { kind: 'budget_increase' },
  { kind: 'model_access' },
  { kind: 'rate_increase' },
];

/** A body of several kinds tells first that its kind is missing; so one of each kind is tried until the field is named. */
async function refusalNaming(route: Route, field: string, value: unknown): Promise<Answer> {
  let answer = await send(route, filled(route), JSON.stringify({ [field]: value }));
  for (const variant of VARIANTS) {
    if (answer.status !== 400 || namedIn(answer).includes(field)) break;
    answer = await send(route, filled(route), JSON.stringify({ ...variant, [field]: value }));
  }
  return answer;
}

/** Each field of the schema, or of its kinds, with values that none of them takes. */
function wrongFields(schema: BodySchema): (readonly [string, unknown])[] {
  const kinds = [schema, ...(schema.oneOf ?? []), ...(schema.anyOf ?? [])];
  const fields = new Set(kinds.flatMap(({ properties }) => Object.keys(properties ?? {})));
  return [...fields].flatMap((field) =>
    [{ surprise: { deep: [1] } }, [[[]]], 1.5e308].map((value) => [field, value] as const),
  );
}

/** Whatever was tried, the code did not fail and the tables are there. */
async function expectNothingHappened(): Promise<void> {
  expect(api.faults).toEqual([]);
  const { results } = await env.DB.prepare('SELECT id FROM teams').all();
  expect(results).toHaveLength(1);
}

describe('every route', { timeout: 60_000 }, () => {
  it('refuses hostile text in each parameter of its query, and names the parameter', async () => {
    let tried = 0;
    for (const route of routes) {
      for (const { name, schema } of queryOf(route)) {
        if (FREE_TEXT.has(name) || FREE_LISTS.test(name)) continue;
        for (const value of HOSTILE) {
          const isFine = schema.pattern !== undefined && new RegExp(schema.pattern, 'u').test(value);
          if (isFine || (value === '-1' && ['growth', 'team'].includes(name))) continue;
          const answer = await send(route, withQuery(route, name, value));
          expectRefused(answer, { field: name, value, route: `${route.method} ${route.path}` });
          tried += 1;
        }
      }
    }
    expect(tried).toBeGreaterThan(1_000);
    await expectNothingHappened();
  });

  it('takes free text for what it is: a name that nothing has', async () => {
    for (const route of routes) {
      for (const { name } of queryOf(route)) {
        if (!FREE_TEXT.has(name) && !FREE_LISTS.test(name)) continue;
        const answer = await send(route, withQuery(route, name, INJECTION));
        expect({ name, path: route.path, status: answer.status < 500 }).toEqual({
          name,
          path: route.path,
          status: true,
        });
      }
    }
    await expectNothingHappened();
  });

  it('refuses a parameter that it does not have', async () => {
    for (const route of routes) {
      if (queryOf(route).length === 0) continue;
      const answer = await send(route, withQuery(route, 'surprise', '1'));
      expectRefused(answer, { field: 'surprise', route: `${route.method} ${route.path}` });
    }
  });

  it('has no hostile text as an id of its path', async () => {
    for (const route of routes) {
      const names = route.path.match(/\{\w+\}/gu) ?? [];
      for (const name of names) {
        for (const value of HOSTILE) {
          const path = route.path.replace(name, encodeURIComponent(value));
          const [type] = Object.keys(route.requestBody?.content ?? {});
          const body = route.method === 'GET' ? undefined : '{}';
          const { status } = await send(route, filled({ ...route, path }), body, type);
          expect({ path, status, refused: [400, 404].includes(status) }).toEqual({ path, status, refused: true });
        }
      }
    }
    await expectNothingHappened();
  });

  it('refuses a cursor that is of no list, and one that is of another', async () => {
    await api.team();
    const { nextCursor } = z
      .looseObject({ nextCursor: z.string() })
      .parse(await api.expect(200, 'GET', '/teams?limit=1'));
    for (const route of routes) {
      for (const name of ['cursor', 'page']) {
        if (route.operationId === 'listTeams' || !queryOf(route).some((parameter) => parameter.name === name)) continue;
        for (const value of [nextCursor, `${nextCursor}x`, btoa('[]'), btoa('{"__proto__":1}'), '%']) {
          const answer = await send(route, withQuery(route, name, value));
          // Of a team that there is not, nothing more is said.
          if (answer.status === 404) continue;
          expectRefused(answer, { field: name, value, route: route.path });
        }
      }
    }
    expect(api.faults).toEqual([]);
    await env.DB.prepare('DELETE FROM teams WHERE id NOT IN (SELECT team FROM members)').run();
  });

  it('with a body refuses what is none', async () => {
    for (const route of routes) {
      if (bodySchema(route) === null) continue;
      for (const body of ['', '{', 'null', '[]', '"text"', '7', '{"a":1}{"b":2}']) {
        if (body === '' && route.requestBody?.required !== true) continue;
        const answer = await send(route, filled(route), body);
        const asked = { body, route: `${route.method} ${route.path}` };
        expect({ ...asked, status: answer.status }).toEqual({ ...asked, status: 400 });
      }
    }
    await expectNothingHappened();
  });

  it('with a body refuses fields that it does not have, and values of the wrong type, and names each', async () => {
    let tried = 0;
    for (const route of routes) {
      const schema = bodySchema(route);
      if (schema === null) continue;
      const name = `${route.method} ${route.path}`;
      for (const [field, value] of [['surprise', 1] as const, ...wrongFields(schema)]) {
        expectRefused(await refusalNaming(route, field, value), { field, value, route: name });
        tried += 1;
      }
    }
    expect(tried).toBeGreaterThan(200);
    await expectNothingHappened();
  });

  it('with a body says which fields it needs', async () => {
    for (const route of routes) {
      const schema = bodySchema(route);
      for (const field of schema?.required ?? []) {
        expectRefused(await send(route, filled(route), '{}'), { field, route: `${route.method} ${route.path}` });
      }
    }
  });
});

describe('a page', () => {
  it('of one team cannot be turned in another', async () => {
    const [own, other] = [await api.team(), await api.team()];
    const lists = ['members', 'keys', 'budgets', 'restrictions', 'member-policies', 'grants'];
    for (const user of ['ann', 'bea']) {
      for (const team of [own, other]) {
        await api.expect(201, 'PUT', `/teams/${team}/members/${user}`, {});
        await api.expect(201, 'POST', `/teams/${team}/keys`, { user, name: 'k' });
        await api.expect(201, 'PUT', `/teams/${team}/members/${user}/limits`, { concurrency: 1 });
        await api.expect(201, 'PUT', `/teams/${team}/members/${user}/policy`, { models: { deny: ['x'] } });
        const rule = { scope: { kind: 'team' }, unit: 'usd', limit: '1', period: 'day', enforcement: 'hard' };
        await api.expect(201, 'PUT', `/teams/${team}/budgets/budget-${user}`, rule);
        const grant = { kind: 'model_access', user, model: 'gpt-5-mini', endsAt: '2026-12-01T00:00:00Z', reason: 'r' };
        await api.call('POST', `/teams/${team}/grants`, grant);
      }
    }
    let turned = 0;
    for (const list of lists) {
      const { nextCursor } = z
        .looseObject({ nextCursor: z.string().nullable() })
        .parse(await api.expect(200, 'GET', `/teams/${own}/${list}?limit=1`));
      if (nextCursor === null) continue;
      turned += 1;
      const cursor = encodeURIComponent(nextCursor);
      await api.expect(200, 'GET', `/teams/${own}/${list}?limit=1&cursor=${cursor}`);
      const answer = await api.call('GET', `/teams/${other}/${list}?limit=1&cursor=${cursor}`);
      expectRefused(answer, { field: 'cursor', list });
    }
    expect(turned).toBeGreaterThanOrEqual(5);
  });
});
