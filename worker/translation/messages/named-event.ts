// One event of an Anthropic stream: its name stands before its data and inside it.

import type { JsonObject } from '../../../schema/json.ts';

export function namedEvent(type: string, members: JsonObject): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...members })}\n\n`;
}
