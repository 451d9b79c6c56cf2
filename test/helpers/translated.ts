// An answer as a client of another dialect reads it: the real meter, the real splitter, the translation, and the client's
// real SDK at the end. Node only.

import Anthropic from '@anthropic-ai/sdk';
import type { Address } from '../../schema/address.ts';
import type { JsonObject } from '../../schema/json.ts';
import type { Asked, Translation } from '../../schema/translation.ts';
import { anthropicMessages } from '../../worker/dialects/anthropic-messages/anthropic-messages.ts';
import { gemini } from '../../worker/dialects/gemini/gemini.ts';
import { openaiChat } from '../../worker/dialects/openai-chat/openai-chat.ts';
import { SseSplitter } from '../../worker/metering/sse.ts';

const dialects = new Map([openaiChat, anthropicMessages, gemini].map((dialect) => [dialect.name, dialect]));

export const PUBLIC_MODEL = 'company/coder';
const NOWHERE: Address = { operation: 'x', model: null, search: '' };
const NOW_S = 1_764_000_000;

export interface Upstream {
  /** The client's request. */
  readonly body?: JsonObject;
  /** Where the client asked. */
  readonly address?: Address;
  /** Cuts the stream into pieces of so many bytes. */
  readonly pieceBytes?: number;
}

/** What the client reads of a provider's stream. */
export function translatedStream(
  translation: Translation,
  upstream: string,
  { body = {}, address = NOWHERE, pieceBytes = upstream.length * 4 }: Upstream = {},
): string {
  const { meter, asked } = prepare(translation, body, address);
  const rewriter = translation.stream(asked);
  const splitter = new SseSplitter();
  const bytes = new TextEncoder().encode(upstream);
  const frames = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) frames.push(...splitter.push(bytes.slice(at, at + pieceBytes)));
  const rest = splitter.end();
  if (rest !== null) frames.push(rest);
  let read = '';
  for (const frame of frames) if (meter.observe(frame) === 'pass') read += rewriter.push(frame);
  return meter.report().state === 'complete' ? read + rewriter.end() : read;
}

function prepare(translation: Translation, body: JsonObject, address: Address) {
  const meter = dialects.get(translation.to)?.meter({ wantsUsage: true, cacheWrite: '5m', webSearches: 0 });
  if (meter === undefined) throw new Error(`no meter for ${translation.to}`);
  let ids = 0;
  const asked: Asked = {
    model: PUBLIC_MODEL,
    body,
    address,
    newId: (prefix) => `${prefix}${(ids += 1)}`,
    nowS: NOW_S,
  };
  return { meter, asked };
}

/** Events of a stream as pairs of name and data; comments are none. */
export function eventsOf(text: string): { readonly name: string | null; readonly data: string }[] {
  return text
    .split('\n\n')
    .filter((frame) => frame !== '' && !frame.startsWith(':'))
    .map((frame) => ({
      name: /^event: (.*)$/m.exec(frame)?.[1] ?? null,
      data: /^data: (.*)$/m.exec(frame)?.[1] ?? '',
    }));
}

/** Has Anthropic's SDK put a stream together. */
export function messageRead(stream: string): Promise<Anthropic.Message> {
  const client = new Anthropic({ apiKey: 'x', fetch: () => Promise.resolve(eventStream(stream)), maxRetries: 0 });
  const messages = [{ role: 'user' as const, content: 'x' }];
  return client.messages.stream({ model: 'x', max_tokens: 1, messages }).finalMessage();
}

function eventStream(text: string): Response {
  return new Response(text, { headers: { 'content-type': 'text/event-stream' } });
}
