// A provider that answers at once, in a process of its own: `node bench/upstream.ts <port>`. Whole answers, or streams of
// CHUNKS events without a pause.

import { createServer } from 'node:http';

const CHUNKS = 100;
const usage = { prompt_tokens: 12, completion_tokens: 30, total_tokens: 42 };
const whole = Buffer.from(
  JSON.stringify({ id: 'x', object: 'chat.completion', choices: [{ message: { content: 'Hello there' } }], usage }),
);
const event = (body: object) => `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', ...body })}\n\n`;
const events = [
  ...Array.from({ length: CHUNKS }, (_, index) =>
    event({ choices: [{ index: 0, delta: { content: `word${index} ` } }] }),
  ),
  event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
  event({ choices: [], usage }),
  'data: [DONE]\n\n',
];

const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => {
    body += chunk.toString();
  });
  request.on('end', () => {
    if (!body.includes('"stream":true')) {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': whole.length });
      response.end(whole);
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const piece of events) response.write(piece);
    response.end();
  });
});
server.keepAliveTimeout = 60_000;
server.listen(Number(process.argv[2]), '127.0.0.1');
process.on('disconnect', () => process.exit());
