// A client that leaves at any moment around its admission, with the real object: no hold stays, and no call is lost.

import { env } from 'cloudflare:workers';
import { afterEach, expect, test, vi } from 'vitest';
import { succeed } from '../../../schema/result.ts';
import { deploymentOf } from '../../../worker/deployment.ts';
import { answerCall } from '../../../worker/gateway.ts';
import { Client } from '../../../worker/line/client.ts';
import { chat, makeTeam, playProvider, USAGE } from '../../helpers/line.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

test.each([null, 0, 1, 2, 3, 5, 8])('after %s ms', async (leavesAfterMs) => {
  const team = await makeTeam();
  playProvider(() => Response.json({ choices: [], usage: USAGE }));
  const kept: Promise<unknown>[] = [];
  const client = new AbortController();
  const present = new Client(client.signal);
  const gate = deploymentOf({ ...env }).gateFor((work) => kept.push(work));
  const answer = answerCall(gate, {
    dialect: 'openai-chat',
    operation: 'chat/completions',
    pathModel: null,
    search: '',
    headers: new Headers({ authorization: `Bearer ${team.key}` }),
    client: present,
    origin: () => 'https://gate.example',
    readBody: () => Promise.resolve(succeed(new TextEncoder().encode(JSON.stringify(chat)))),
  });
  if (leavesAfterMs === null) {
    // While the admission is on its way, and so that the word may overtake it.
    vi.spyOn(present, 'onLeave').mockImplementationOnce((work) => {
      const stay = Client.prototype.onLeave.call(present, work);
      client.abort();
      return stay;
    });
  } else {
    setTimeout(() => client.abort(), leavesAfterMs);
  }
  const response = await answer;
  await response.text();
  for (let seen = 0; seen < kept.length; seen += 1) await kept[seen];
  const events = await team.events();
  const { holds, budgets } = await team.ledger();
  const cost = events.reduce((sum, event) => sum + event.cost_micros, 0);
  expect({ holds, held: budgets[0]?.held, settled: budgets[0]?.settled }).toEqual({ holds: 0, held: 0, settled: cost });
  expect(events.length).toBeLessThanOrEqual(1);
  if (response.status !== 499) expect(events).toMatchObject([{ outcome: 'completed', status: 200 }]);
});
