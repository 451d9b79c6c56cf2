// Answers in one piece that are large: vectors go to the client as they are, and what would have to be parsed has a bound.

import { expect, test } from 'vitest';
import { MAX_ANSWER_BYTES, MAX_UNPARSED_ANSWER_BYTES } from '../../../worker/metering/whole-body.ts';
import { chat, ended, playProvider, type Refusal, makeTeam, USAGE } from '../../helpers/line.ts';

const embedding = { model: 'text-embedding-3-small', input: ['Hello'] };
/** A million at $0.02. */
const TOKENS = 1_000_000;
const DEAR = 20_000;

const vectorsOf = (bytes: number): string =>
  `{"object":"list","data":[{"embedding":"${'A'.repeat(bytes)}"}],"usage":{"prompt_tokens":${TOKENS},"total_tokens":${TOKENS}}}`;
const answerOf = (text: string): Response => new Response(text, { headers: { 'content-type': 'application/json' } });

test('vectors larger than anything that is parsed are billed, and come as they are', async () => {
  const team = await makeTeam();
  const text = vectorsOf(MAX_ANSWER_BYTES + 1);
  playProvider(() => answerOf(text));
  const response = await team.call('/v1/embeddings', embedding);
  expect(response.status).toBe(200);
  expect((await response.text()) === text).toBe(true);
  expect(await ended(team)).toMatchObject({ outcome: 'completed', cost_micros: DEAR, estimated: 0 });
});

test.each([
  ['/v1/embeddings', embedding, vectorsOf(MAX_UNPARSED_ANSWER_BYTES)],
  ['/v1/embeddings', embedding, `{"data":[],"more":"${'A'.repeat(MAX_ANSWER_BYTES)}"}`],
  [
    '/v1/chat/completions',
    chat,
    JSON.stringify({ choices: [{ message: { content: 'A'.repeat(MAX_ANSWER_BYTES) } }], usage: USAGE }),
  ],
])('an answer of %s that is too large is charged as held, and said to be so', async (path, call, text) => {
  const team = await makeTeam();
  playProvider(() => answerOf(text));
  const response = await team.call(path, call);
  expect(response.status).toBe(502);
  expect((await response.json<Refusal>()).error).toMatchObject({
    code: 'upstream_invalid',
    message: expect.stringContaining('too large'),
  });
  const event = await ended(team);
  expect(event).toMatchObject({ outcome: 'upstream_cut', estimated: 1 });
  expect(event.cost_micros).toBeGreaterThan(0);
});
