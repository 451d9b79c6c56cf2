// A client that leaves a stream, as the runtime tells it through the request's signal: whatever of the bill is still to
// come is waited for a moment, and nothing else is.

import { env } from 'cloudflare:workers';
import { afterEach, expect, test, vi } from 'vitest';
import { succeed } from '../../../schema/result.ts';
import { deploymentOf } from '../../../worker/deployment.ts';
import { answerCall } from '../../../worker/gateway.ts';
import { Client } from '../../../worker/line/client.ts';
import { UNNOTICED_MS } from '../../../worker/line/settlement.ts';
import {
  chat,
  chatPieces,
  ended,
  eventStream,
  makeTeam,
  playProvider,
  type Received,
  type StreamScript,
  type TestTeam,
  USAGE,
} from '../../helpers/line.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** Calls, reads so many events, and leaves. */
async function callAndLeave(team: TestTeam, events: number, model: string = chat.model): Promise<void> {
  const body = JSON.stringify({ ...chat, model, stream: true });
  const leaving = new AbortController();
  const gate = deploymentOf({ ...env }).gateFor(() => undefined);
  const response = await answerCall(gate, {
    dialect: 'openai-chat',
    operation: 'chat/completions',
    pathModel: null,
    search: '',
    headers: new Headers({ authorization: `Bearer ${team.key}` }),
    client: new Client(leaving.signal),
    origin: () => 'https://gate.example',
    readBody: () => Promise.resolve(succeed(new TextEncoder().encode(body))),
  });
  const reader = response.body?.getReader();
  for (let seen = 0; seen < events; seen += 1) await reader?.read();
  // The runtime has asked for more by the time a client leaves.
  void reader?.read();
  leaving.abort();
}

/** A connection as the runtime makes them: it breaks when it is aborted, and takes one read at a time. */
function connection(script: StreamScript): Received[] {
  return playProvider(({ signal }) => {
    const { body, headers } = eventStream(script);
    const { readable, writable } = new IdentityTransformStream();
    void body?.pipeTo(writable, signal === null ? {} : { signal }).catch(() => undefined);
    return new Response(readable, { headers });
  });
}

const words = ['one ', 'two ', 'three '];

test('between the end of the answer and its bill still pays the exact bill', async () => {
  const team = await makeTeam();
  connection({ pieces: chatPieces(words, USAGE), pauseMs: 20 });
  await callAndLeave(team, words.length + 1);
  expect(await ended(team)).toMatchObject({ outcome: 'client_gone', estimated: 0, input: 1_000, output: 500 });
});

test('where the provider goes on is read to its last event, even if the connection stays open after it', async () => {
  const team = await makeTeam();
  const journal = connection({ pieces: chatPieces(words, USAGE), pauseMs: 20, ending: 'hang' });
  await callAndLeave(team, 1, 'llama-3.3-70b-versatile');
  expect(await ended(team)).toMatchObject({ outcome: 'client_gone', estimated: 0, input: 1_000, output: 500 });
  expect(journal[0]?.signal?.aborted).toBe(true);
});

test('in the middle cuts the provider off at once, and pays for what came and what it may not have noticed', async () => {
  const team = await makeTeam();
  const journal = connection({ pieces: chatPieces(words, USAGE), pauseMs: 20 });
  await callAndLeave(team, 1);
  expect(journal[0]?.signal?.aborted).toBe(true);
  const event = await ended(team);
  expect(event).toMatchObject({ outcome: 'client_gone', estimated: 1 });
  const noticed = (UNNOTICED_MS / 1_000) * 100;
  expect(event['output']).toBeGreaterThanOrEqual(noticed + Math.ceil('one '.length / 3));
});
