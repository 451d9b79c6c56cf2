// The demo model's pictures and transcriptions: always the same point of colour, always the same words, billed in tokens.

import { isObject, type JsonObject, parseJson, stringAt } from '../../../schema/json.ts';
import type { UpstreamCall } from '../provider.ts';
import type { SpokenAnswer } from './answer.ts';

/** The beginning of 2026, in seconds: the demo model's answers do not change from one moment to the next. */
const CREATED_S = 1_767_225_600;
/** A PNG of one transparent point. */
const PICTURE = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const TOKENS_OF_PICTURE = 272;
const WORDS = ['This ', 'is ', 'what ', "Headgate's ", 'demo ', 'model ', 'hears ', 'in ', 'any ', 'file.'];
const CHARACTERS_PER_TOKEN = 4;
const FILE_BYTES_PER_TOKEN = 2_000;
/** Of a file, what fits into the demo model's window. */
const MOST_HEARD_TOKENS = 50_000;

export function demoImages(request: JsonObject, operation: string): SpokenAnswer {
  const count = Number(request['n'] ?? 1);
  const prompt = stringAt(request, 'prompt') ?? '';
  const text = Math.ceil(prompt.length / CHARACTERS_PER_TOKEN);
  const usageOf = (pictures: number): JsonObject => ({
    input_tokens: text * pictures,
    input_tokens_details: { text_tokens: text * pictures, image_tokens: 0 },
    output_tokens: TOKENS_OF_PICTURE * pictures,
    total_tokens: (text + TOKENS_OF_PICTURE) * pictures,
  });
  const type = operation === 'images/edits' ? 'image_edit.completed' : 'image_generation.completed';
  const drawn = { type, b64_json: PICTURE, created_at: CREATED_S, usage: usageOf(1) };
  return {
    whole: {
      created: CREATED_S,
      data: Array.from({ length: count }, () => ({ b64_json: PICTURE })),
      usage: usageOf(count),
    },
    events: Array.from({ length: count }, () => event(drawn)),
  };
}

export function demoTranscription(request: JsonObject): SpokenAnswer {
  const { file } = request;
  const bytes = isObject(file) ? Number(file['bytes']) : 0;
  const heard = Math.min(Math.ceil(bytes / FILE_BYTES_PER_TOKEN), MOST_HEARD_TOKENS);
  const text = WORDS.join('');
  const usage = {
    type: 'tokens',
    input_tokens: heard,
    input_token_details: { audio_tokens: heard, text_tokens: 0 },
    output_tokens: WORDS.length,
    total_tokens: heard + WORDS.length,
  };
  return {
    whole: { text, usage },
    events: [
      ...WORDS.map((delta) => event({ type: 'transcript.text.delta', delta })),
      event({ type: 'transcript.text.done', text, usage }),
    ],
  };
}

/** What the demo model does not do, refused as OpenAI refuses it; null for what it does. */
export function demoMediaRefusal(request: JsonObject): JsonObject | null {
  const format = request['response_format'] ?? 'json';
  if (format === 'json' || format === 'b64_json') return null;
  const message = `The demo model does not answer in ${JSON.stringify(format)}; leave response_format out.`;
  return { error: { message, type: 'invalid_request_error', param: 'response_format', code: 'unsupported_value' } };
}

/** A request of either kind, a form as its fields; of a file there is its length. */
export async function readRequest({ body, headers }: Pick<UpstreamCall, 'body' | 'headers'>): Promise<JsonObject> {
  if (typeof body === 'string') {
    const request = parseJson(body);
    return isObject(request) ? request : {};
  }
  const form = await new Response(body, { headers }).formData();
  return Object.fromEntries(
    [...form].map(([name, value]) => [name, typeof value === 'string' ? value : { bytes: value.size }]),
  );
}

function event(body: JsonObject & { readonly type: string }): string {
  return `event: ${body.type}\ndata: ${JSON.stringify(body)}\n\n`;
}
