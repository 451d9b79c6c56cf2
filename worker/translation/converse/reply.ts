// Reading Converse answers: what the translations out of it have in common. Pure.

import { arrayAt, isObject, type JsonObject, objectAt } from '../../../schema/json.ts';

/** Tokens as Converse counts them: the four are disjoint. */
export interface ReplyUsage {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
}

export function usageOf(holder: JsonObject): ReplyUsage {
  const usage = objectAt(holder, 'usage');
  const count = (name: string): number => {
    const value = usage?.[name];
    return typeof value === 'number' ? value : 0;
  };
  return {
    input: count('inputTokens'),
    cacheRead: count('cacheReadInputTokens') || count('cacheReadInputTokenCount'),
    cacheWrite: count('cacheWriteInputTokens') || count('cacheWriteInputTokenCount'),
    output: count('outputTokens'),
  };
}

export const NO_REPLY_USAGE: ReplyUsage = { input: 0, cacheRead: 0, cacheWrite: 0, output: 0 };

/** The blocks of a whole answer; null for a body that is none. */
export function contentOf(body: JsonObject): readonly JsonObject[] | null {
  const message = objectAt(objectAt(body, 'output'), 'message');
  return message === null ? null : arrayAt(message, 'content').filter(isObject);
}

/** Which block an event of a stream belongs to. */
export function blockIndexOf(event: JsonObject): number {
  const index = event['contentBlockIndex'];
  return typeof index === 'number' ? index : 0;
}
