// The other form of a Gemini stream: one JSON array that comes in pieces. The provider is always asked for events, and
// this makes the array of them. One serves one stream.

import type { Address } from './address.ts';
import type { StreamEvent, StreamRewriter } from './stream-event.ts';

const EVENT_PREFIX = 'data: ';

/** `alt` says in which form a stream comes; Google reads it with a dollar sign as well. */
export function altOf({ search }: Address): string | null {
  const parameters = new URLSearchParams(search);
  return parameters.get('alt') ?? parameters.get('$alt');
}

export function jsonArray(): StreamRewriter {
  let opened = false;
  const piece = (json: string): string => {
    const separator = opened ? ',\r\n' : '[';
    opened = true;
    return separator + json;
  };
  const close = (): string => (opened ? '\n]\n' : '[]\n');
  return {
    contentType: 'application/json; charset=UTF-8',
    push: ({ data }: StreamEvent): string => (data === null || data === '' ? '' : piece(data)),
    end: close,
    breakOff: (lastWords) =>
      (lastWords === null ? '' : piece(lastWords.slice(EVENT_PREFIX.length).trimEnd())) + close(),
  };
}
