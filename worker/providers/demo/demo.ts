// The built-in demo model: it answers without any provider and any key, always in the same words, priced and metered
// like a real one. For first steps and tests; off unless enabled.

import type { Address } from '../../../schema/address.ts';
import type { DialectName } from '../../../schema/dialect-name.ts';
import { type JsonObject, objectAt } from '../../../schema/json.ts';
import { demoChat } from './chat.ts';
import { demoGemini, demoGeminiRefusal } from './gemini.ts';
import { demoMessages } from './messages.ts';
import { demoResponses } from './responses.ts';
import { demoImages, demoMediaRefusal, demoTranscription, readRequest } from './media.ts';
import type { Provider, UpstreamCall } from '../provider.ts';
import type { DemoAnswer, SpokenAnswer } from './answer.ts';

export const DEMO_PROVIDER = 'demo';
export const DEMO_MODEL = 'headgate-demo';

/** Between the words of a streamed answer, so that a person sees it stream. */
const PAUSE_MS = 10;
const TOKENS_WITHOUT_CAP = 1_000;
const BYTES_PER_TOKEN = 4;
const MEDIA: ReadonlySet<DialectName> = new Set(['openai-images', 'openai-transcriptions']);

export const demo: Provider = {
  name: DEMO_PROVIDER,
  speaks: ['openai-chat', 'openai-responses', 'anthropic-messages', 'gemini', 'openai-images', 'openai-transcriptions'],
  catalogue: DEMO_PROVIDER,
  capMember: 'max_tokens',
  onDisconnect: 'stops',
  async send(call: UpstreamCall): Promise<Response> {
    const { dialect, upstreamModel, stream, signal, address } = call;
    const json = await readRequest(call);
    const answer = answerTo(json, upstreamModel);
    const count = countOf(address.operation, answer.inputTokens);
    if (count !== null) return Response.json(count);
    if (dialect === 'gemini' && !address.operation.toLowerCase().endsWith('generatecontent')) {
      return Response.json(demoGeminiRefusal(address.operation), { status: 404 });
    }
    const refusal = MEDIA.has(dialect) ? demoMediaRefusal(json) : null;
    if (refusal !== null) return Response.json(refusal, { status: 400 });
    const spoken = speak(dialect, answer, json, address);
    if (!stream) return Response.json(spoken.whole);
    return new Response(slowly(spoken.events, signal), { headers: { 'content-type': 'text/event-stream' } });
  },
};

/** The answer to a question that only counts tokens; null where it is none. */
function countOf(operation: string, inputTokens: number): JsonObject | null {
  if (operation.endsWith('/count_tokens')) return { input_tokens: inputTokens };
  if (operation.endsWith('/input_tokens')) return { object: 'response.input_tokens', input_tokens: inputTokens };
  return operation === 'countTokens' ? { totalTokens: inputTokens } : null;
}

function speak(dialect: DialectName, answer: DemoAnswer, request: JsonObject, { operation }: Address): SpokenAnswer {
  switch (dialect) {
    case 'openai-chat':
      return demoChat(answer, request);
    case 'openai-responses':
      return demoResponses(answer, request);
    case 'anthropic-messages':
      return demoMessages(answer);
    case 'gemini':
      return demoGemini(answer);
    case 'openai-images':
      return demoImages(request, operation);
    case 'openai-transcriptions':
      return demoTranscription(request);
    case 'openai-embeddings':
    case 'openai-speech':
    case 'bedrock-converse':
      throw new Error(`the demo model does not say that it speaks ${dialect}`);
  }
}

function answerTo(body: JsonObject, model: string): DemoAnswer {
  const prompt = JSON.stringify(body['messages'] ?? body['contents'] ?? [body['instructions'], body['input']]);
  const text =
    "This is Headgate's demo model. It always answers in the same words, and nothing of your prompt was stored.";
  const words = text.split(/(?<= )/);
  const cap = capOf(body);
  const allowed = typeof cap === 'number' ? cap : TOKENS_WITHOUT_CAP;
  const said = words.slice(0, allowed);
  return {
    model,
    words: said,
    inputTokens: Math.ceil(prompt.length / BYTES_PER_TOKEN),
    outputTokens: said.length,
    cut: said.length < words.length,
  };
}

/** Each dialect has a place of its own for the cap; Gemini's has two spellings. */
function capOf(body: JsonObject): unknown {
  const config = objectAt(body, 'generationConfig') ?? objectAt(body, 'generation_config');
  return (
    body['max_tokens'] ??
    body['max_completion_tokens'] ??
    body['max_output_tokens'] ??
    config?.['maxOutputTokens'] ??
    config?.['max_output_tokens']
  );
}

function slowly(events: readonly string[], signal: AbortSignal): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let next = 0;
  return new ReadableStream(
    {
      async pull(controller) {
        const event = events[next];
        next += 1;
        if (event === undefined || signal.aborted) {
          controller.close();
          return;
        }
        controller.enqueue(encoder.encode(event));
        await scheduler.wait(PAUSE_MS);
      },
    },
    { highWaterMark: 0 },
  );
}
