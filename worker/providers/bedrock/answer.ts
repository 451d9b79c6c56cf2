// What the line gets of Bedrock's answers: event streams become server-sent events, everything else stays as it came.

import { type EventMessage, EventStreamSplitter } from './event-stream.ts';

const EVENT_STREAM = 'application/vnd.amazon.eventstream';

export function answerOf(response: Response, sseOf: (message: EventMessage) => string): Response {
  const { body, status, headers } = response;
  const isStream = headers.get('content-type')?.toLowerCase().startsWith(EVENT_STREAM) ?? false;
  if (!isStream || body === null) return response;
  const answer = new Response(body.pipeThrough(eventsToText(sseOf)), { status, headers });
  answer.headers.set('content-type', 'text/event-stream; charset=utf-8');
  return answer;
}

/** A broken message breaks the stream, so that half an answer is not taken for a whole one. */
function eventsToText(sseOf: (message: EventMessage) => string): TransformStream<Uint8Array, Uint8Array> {
  const splitter = new EventStreamSplitter();
  const encoder = new TextEncoder();
  return new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      const text = splitter.push(chunk).map(sseOf).join('');
      if (text !== '') controller.enqueue(encoder.encode(text));
    },
    flush() {
      splitter.end();
    },
  });
}
