// Keys change while calls run: the company's own and the issuer's. No call is lost, and every one is in the bill once.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { type LocalGateway, startLocalGateway } from '../helpers/local-gateway.ts';
import { newTeamId } from '../helpers/provider-gateway.ts';
import { Issuer, makeKey, signed, type SigningKey } from '../helpers/sign-on-issuer.ts';

const CALLERS = 6;
const KEYS = 4;

const keyForm = z.object({ id: z.string(), key: z.string() });

let signers: readonly [SigningKey, SigningKey];
let issuer: Issuer;
let gateway: LocalGateway;

beforeAll(async () => {
  signers = await Promise.all([makeKey('first'), makeKey('second', 'ES256')]);
  issuer = await Issuer.start(signers[0]);
  gateway = await startLocalGateway({ SIGN_ON: JSON.stringify(issuer.settings()) });
});
afterAll(async () => {
  await gateway.close();
  await issuer.close();
});

async function call(credential: string): Promise<{ readonly status: number; readonly ended: boolean }> {
  const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
    body: '{"model":"headgate-demo","stream":true,"messages":[{"role":"user","content":"Hello"}]}',
  });
  return { status: answer.status, ended: (await answer.text()).includes('data: [DONE]') };
}

/** Several callers, one call after the other each, until told to stop; with whatever credential there is at the time. */
async function callOnAndOn(credential: () => Promise<string>, change: () => Promise<void>): Promise<number> {
  const answers: { readonly status: number; readonly ended: boolean }[] = [];
  const ending = new AbortController();
  const over = ending.signal;
  const callers = Array.from({ length: CALLERS }, async () => {
    while (!over.aborted) answers.push(await call(await credential()));
  });
  await sleep(300);
  await change();
  ending.abort();
  await Promise.all(callers);
  const odd = answers.filter(({ status, ended }) => status !== 200 || !ended);
  expect(odd).toEqual([]);
  return answers.length;
}

async function expectBilledOnce(team: string, calls: number): Promise<void> {
  const events = await gateway.admin.settledEvents(team, calls);
  expect(events).toHaveLength(calls);
  expect(new Set(events.map(({ id }) => id)).size).toBe(calls);
  expect(await gateway.admin.request('GET', `/teams/${team}/verify`)).toMatchObject({ ok: true });
}

it('each key of a team is given another text while calls run, with old texts and new ones', async () => {
  const team = newTeamId();
  const { key, keyId } = await gateway.admin.teamWithKey(team, { limit: '10.00' });
  const keys = [{ id: keyId, texts: [key] }];
  for (let nth = 1; nth < KEYS; nth += 1) {
    const made = keyForm.parse(
      await gateway.admin.request('POST', `/teams/${team}/keys`, { user: 'ada', name: 'more' }),
    );
    keys.push({ id: made.id, texts: [made.key] });
  }
  const calls = await callOnAndOn(
    () => Promise.resolve(anyOf(anyOf(keys).texts)),
    async () => {
      for (const { id, texts } of keys) {
        const path = `/teams/${team}/keys/${id}/rotate`;
        const rotated = keyForm.parse(await gateway.admin.request('POST', path, { overlapHours: 1 }));
        expect(rotated.id).toBe(id);
        texts.push(rotated.key);
        await sleep(400);
      }
    },
  );
  expect(calls).toBeGreaterThan(CALLERS * KEYS);
  await expectBilledOnce(team, calls);
  expect(new Set((await gateway.admin.events(team)).map((event) => event.key)).size).toBe(KEYS);
});

function anyOf<Item>(items: readonly Item[]): Item {
  const item = items[Math.floor(Math.random() * items.length)];
  if (item === undefined) throw new Error('there is none');
  return item;
}

it('the issuer of sign-on tokens signs with another key while calls run', async () => {
  const team = newTeamId();
  await gateway.admin.request('POST', '/teams', { id: team, timezone: 'UTC' });
  await gateway.admin.request('PUT', `/teams/${team}/members/max`, {});
  let [signer] = signers;
  let tokens = 0;
  const calls = await callOnAndOn(
    // Each token is a new one, as if each call were somebody's first.
    () => signed({ ...issuer.claims(Date.now(), 'max'), jti: String((tokens += 1)) }, signer),
    async () => {
      issuer.published = signers;
      await sleep(500);
      [, signer] = signers;
      await sleep(1_000);
    },
  );
  expect(calls).toBeGreaterThan(CALLERS * 2);
  await expectBilledOnce(team, calls);
});
