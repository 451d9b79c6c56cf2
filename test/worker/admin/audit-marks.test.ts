// The trail against a mark that was noted elsewhere, and what it is asked for.

import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { NO_HASH } from '../../../worker/records/audit-row.ts';
import { AdminApi, refusal } from './admin-api.ts';
import { tamper } from './tampering.ts';

const marks = z.object({ data: z.array(z.object({ seq: z.int(), hash: z.string() })) });
const whole = { ok: true, complete: true, firstBad: null };
const api = new AdminApi();
/** Oldest first. */
const trail = async () => marks.parse(await api.expect(200, 'GET', '/audit?limit=100')).data.toReversed();

beforeAll(async () => {
  for (let round = 0; round < 4; round += 1) await api.team();
});

describe('the trail', () => {
  it('shows against a mark noted elsewhere that all of it was made anew', async () => {
    const [first, second] = await trail();
    const from = (mark: typeof first) => `/audit/verify?after=${mark?.seq}&hash=${mark?.hash}`;
    expect(await api.expect(200, 'GET', from(first))).toMatchObject(whole);
    expect(await api.expect(200, 'GET', `/audit/verify?after=${first?.seq}&hash=${second?.hash}`)).toMatchObject({
      ok: false,
      firstBad: { seq: 1, problem: 'detached' },
    });
  });

  it('shows against a mark noted elsewhere that it was cut off, and its own mark set back', async () => {
    const rows = await trail();
    const [before, noted] = [rows.at(-2), rows.at(-1)];
    const from = `/audit/verify?after=${noted?.seq}&hash=${noted?.hash}`;
    const setBack = `UPDATE audit_head SET seq = ${before?.seq}, hash = '${before?.hash}'`;
    await tamper(`DELETE FROM audit WHERE seq = ${noted?.seq}; ${setBack}`, async () => {
      expect(await api.expect(200, 'GET', '/audit/verify')).toMatchObject({ ok: true });
      const firstBad = { seq: noted?.seq, problem: 'missing' };
      expect(await api.expect(200, 'GET', from)).toMatchObject({ ok: false, complete: false, firstBad });
    });
    await env.DB.prepare(`UPDATE audit_head SET seq = ${noted?.seq}, hash = '${noted?.hash}'`).run();
    expect(await api.expect(200, 'GET', from)).toMatchObject(whole);
  });

  it('shows that the very last row is not the one that was noted', async () => {
    const { seq } = z.object({ seq: z.int() }).parse((await trail()).at(-1));
    const answer = await api.expect(200, 'GET', `/audit/verify?after=${seq}&hash=${'a'.repeat(64)}`);
    expect(answer).toMatchObject({ ok: false, checked: 0, firstBad: { seq, problem: 'detached' } });
  });

  it.each([
    ['actor=ada', 'actor'],
    ['action=budget', 'action'],
    ['action=budget put', 'action'],
    ['target=', 'target'],
  ])('is not looked through for what no row can have: %s', async (query, field) => {
    expect(await api.expect(400, 'GET', `/audit?${query}`)).toEqual(refusal('invalid_request', `${field} `));
  });

  it.each([
    ['after=0&hash=x', 'after'],
    ['after=1', 'hash'],
    [`hash=${NO_HASH}`, 'hash'],
    ['after=1&hash=abc', 'hash'],
  ])('refuses to be checked with %s', async (query, field) => {
    expect(await api.expect(400, 'GET', `/audit/verify?${query}`)).toEqual(refusal('invalid_request', `${field} `));
  });
});
