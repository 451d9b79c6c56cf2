// Bedrock's event streams as server-sent events, which is what the dialects read. Pure.

import { isObject, objectAt, parseJson, stringAt } from '../../../schema/json.ts';
import type { EventMessage } from './event-stream.ts';

const decoder = new TextDecoder();

/** The native event that InvokeModelWithResponseStream wraps, exactly as the model's vendor wrote it. */
export function sseOfInvocation({ headers, payload }: EventMessage): string {
  const fault = faultOf({ headers, payload });
  if (fault !== null) {
    const error = { type: ANTHROPIC_TYPES.get(fault.type) ?? 'api_error', message: fault.message };
    return frame('error', JSON.stringify({ type: 'error', error }));
  }
  const wrapper = parseJson(decoder.decode(payload));
  const encoded = isObject(wrapper) ? stringAt(wrapper, 'bytes') : null;
  if (encoded === null) return '';
  const native = decoder.decode(bytesOf(encoded));
  const event = parseJson(native);
  return frame(isObject(event) ? stringAt(event, 'type') : null, native);
}

/** An event of ConverseStream: its name, and its payload as it came. */
export function sseOfConversation({ headers, payload }: EventMessage): string {
  const fault = faultOf({ headers, payload });
  return fault === null
    ? frame(headers.get(':event-type') ?? null, decoder.decode(payload))
    : frame('exception', JSON.stringify(fault));
}

interface Fault {
  /** As in "throttlingException". */
  readonly type: string;
  readonly message: string;
}

const ANTHROPIC_TYPES: ReadonlyMap<string, string> = new Map([
  ['throttlingException', 'rate_limit_error'],
  ['validationException', 'invalid_request_error'],
  ['serviceUnavailableException', 'overloaded_error'],
  ['modelTimeoutException', 'timeout_error'],
]);

/** What went wrong after the stream had begun; null for an ordinary event. */
function faultOf({ headers, payload }: EventMessage): Fault | null {
  switch (headers.get(':message-type') ?? 'event') {
    case 'exception': {
      const type = headers.get(':exception-type') ?? 'exception';
      const body = parseJson(decoder.decode(payload));
      const said = isObject(body) ? (stringAt(body, 'message') ?? stringAt(objectAt(body, 'error'), 'message')) : null;
      return { type, message: said ?? type };
    }
    case 'error': {
      const type = headers.get(':error-code') ?? 'error';
      return { type, message: headers.get(':error-message') ?? type };
    }
    default:
      return null;
  }
}

function frame(event: string | null, data: string): string {
  const name = event === null ? '' : `event: ${event}\n`;
  const lines = data.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
  return `${name}${lines.join('')}\n`;
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
