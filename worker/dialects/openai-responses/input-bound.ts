// What bounds the input of a Responses call: the bytes of its body, as far as all that is read stands in it. Pure.

import type { InputBound } from '../../../schema/call-shape.ts';
import { isObject, type JsonObject, type JsonValue, objectAt, stringAt } from '../../../schema/json.ts';

/** Members that stand for input kept at the provider, or made there. */
const KEPT_ELSEWHERE = ['previous_response_id', 'conversation', 'prompt', 'context_management'];
/** Items whose size the bytes of the body bound, beside messages. */
const TEXT_ITEMS = new Set([
  'function_call',
  'function_call_output',
  'custom_tool_call',
  'custom_tool_call_output',
  'local_shell_call',
  'local_shell_call_output',
  'shell_call',
  'shell_call_output',
  'apply_patch_call',
  'apply_patch_call_output',
  'computer_call',
  'computer_call_output',
  'tool_search_call',
  'tool_search_output',
  'additional_tools',
]);
/** Items whose text stands in the body in secret writing, or else is looked up by their id. */
const SECRET_ITEMS = new Set(['reasoning', 'compaction', 'compaction_summary']);
const TEXT_PARTS = new Set(['input_text', 'output_text', 'text', 'refusal', 'summary_text', 'reasoning_text']);
const IMAGE_PARTS = new Set(['input_image', 'computer_screenshot']);

interface Survey {
  images: number;
  imageBytes: number;
  unbounded: boolean;
}

/** What is known of the call beside its input. */
interface Surroundings {
  readonly bodyBytes: number;
  readonly tools: boolean;
  readonly unbounded: boolean;
  readonly rounds: number;
}

export function boundInput(body: JsonObject, { bodyBytes, tools, unbounded, rounds }: Surroundings): InputBound {
  const found: Survey = {
    images: 0,
    imageBytes: 0,
    unbounded: unbounded || KEPT_ELSEWHERE.some((member) => (body[member] ?? null) !== null),
  };
  const { input } = body;
  if (Array.isArray(input)) for (const item of input) surveyItem(item, found);
  return {
    textBytes: bodyBytes - found.imageBytes,
    images: found.images,
    tools,
    unbounded: found.unbounded,
    rounds,
    media: found.images > 0 || found.unbounded,
  };
}

function surveyItem(item: JsonValue, found: Survey): void {
  if (!isObject(item)) return;
  if (!standsHere(item)) found.unbounded = true;
  for (const member of ['content', 'output']) {
    const value = item[member];
    if (Array.isArray(value)) for (const part of value) surveyPart(part, found);
    else if (isObject(value)) surveyPart(value, found);
  }
}

/** An id alone refers to an item that is kept at the provider, whether or not it says so. */
function standsHere(item: JsonObject): boolean {
  const type = item['type'] ?? (item['role'] === undefined ? '' : 'message');
  if (typeof type !== 'string') return false;
  if (type === 'message') return typeof item['content'] === 'string' || Array.isArray(item['content']);
  return TEXT_ITEMS.has(type) || (SECRET_ITEMS.has(type) && (stringAt(item, 'encrypted_content') ?? '') !== '');
}

function surveyPart(part: JsonValue, found: Survey): void {
  if (!isObject(part)) return;
  const type = stringAt(part, 'type') ?? '';
  if (IMAGE_PARTS.has(type)) surveyImage(part, found);
  // The output of a shell is a list of parts without a type.
  else if (!TEXT_PARTS.has(type) && !('stdout' in part)) found.unbounded = true;
}

/** Some servers take documents in the place of images, and an id may stand for anything: only the window bounds those. */
function surveyImage(part: JsonObject, found: Survey): void {
  const url = stringAt(part, 'image_url') ?? stringAt(objectAt(part, 'image_url'), 'url') ?? '';
  const inline = url.startsWith('data:');
  if (url === '' || (inline && !url.startsWith('data:image/'))) {
    found.unbounded = true;
    return;
  }
  found.images += 1;
  if (inline) found.imageBytes += url.length;
}
