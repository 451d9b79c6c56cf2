// The fake provider's side of Gemini, in the shape of recorded answers. It reads no settings of Headgate.

import { z } from 'zod';
import type { FakeDialect, Frame, Script } from './script.ts';

const bodySchema = z.looseObject({
  tools: z
    .array(z.looseObject({ functionDeclarations: z.array(z.looseObject({ name: z.string() })).optional() }))
    .optional(),
});

const RESPONSE_ID = 'bH6LaZW8Fp_3nsEPqtaSwQ4';

/** What the path says: the model, the verb and the form of a stream. */
const PATH = /^\/v1(?:beta)?\/models\/(?<model>[^/:]+):(?<verb>\w+)$/;

export interface GeminiRequest {
  readonly verb: string;
  readonly dialect: FakeDialect;
}

/** Null for a path that is none of Gemini's. */
export function geminiRequest(pathname: string): GeminiRequest | null {
  const { model, verb } = PATH.exec(pathname)?.groups ?? {};
  return model === undefined || verb === undefined ? null : { verb, dialect: geminiOf(decodeURIComponent(model)) };
}

function geminiOf(model: string): FakeDialect {
  const answer = (parts: readonly object[], rest: object, finishReason: string | null) => ({
    candidates: [{ content: { parts, role: 'model' }, ...(finishReason !== null && { finishReason }), index: 0 }],
    ...rest,
    modelVersion: model,
    responseId: RESPONSE_ID,
  });
  return {
    whole: (body, script) => {
      const parts = script.toolCall ? functionCalls(body, script) : [{ text: words(script.chunks).join('') }];
      return answer(parts, script.usageReport === 'missing' ? {} : { usageMetadata: wireUsage(script) }, 'STOP');
    },

    stream: (body, script) => {
      const pieces = script.toolCall ? functionCalls(body, script) : words(script.chunks).map((text) => ({ text }));
      const reports = script.usageReport !== 'missing';
      const soFar = reports ? { usageMetadata: early(script) } : {};
      return [
        ...pieces.map((piece) => frame(answer([piece], soFar, null), { isChunk: true })),
        frame(answer([{ text: '' }], reports ? { usageMetadata: wireUsage(script) } : {}, 'STOP'), {
          carriesUsage: reports,
        }),
      ];
    },

    errorFrame: () =>
      frame({
        error: { code: 503, message: 'The model is overloaded. Please try again later.', status: 'UNAVAILABLE' },
      }),
  };
}

function frame(chunk: object, marks: Partial<Frame> = {}): Frame {
  return { event: null, data: JSON.stringify(chunk), isChunk: false, carriesUsage: false, ...marks };
}

/** The first of several calls has the signature of all. */
function functionCalls(body: unknown, { parallelCalls, toolName, toolArguments }: Script): object[] {
  const declared = bodySchema.parse(body).tools?.[0]?.functionDeclarations ?? [];
  const args: unknown = JSON.parse(toolArguments);
  return Array.from({ length: parallelCalls }, (_, index) => ({
    functionCall: { name: toolName ?? declared[index]?.name ?? 'tool', args },
    ...(index === 0 && { thoughtSignature: 'EqUCCqICAb4+9vsh8Pd5taZVoPzS' }),
  }));
}

function words(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `word${index} `);
}

/** The first chunks know the prompt and a part of the answer. */
function early({ usage }: Script): object {
  const prompt = usage.input + usage.cacheRead;
  return { promptTokenCount: prompt, candidatesTokenCount: 1, totalTokenCount: prompt + 1 };
}

/** Thoughts are no part of the candidates, and what was cached is a part of the prompt. */
function wireUsage({ usage, usageReport }: Script): object {
  const sign = usageReport === 'negative' ? -1 : 1;
  const prompt = usage.input + usage.cacheRead;
  return {
    promptTokenCount: prompt * sign,
    ...(usage.cacheRead > 0 && { cachedContentTokenCount: usage.cacheRead }),
    candidatesTokenCount: (usage.output - usage.reasoning) * sign,
    totalTokenCount: (prompt + usage.output) * sign,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: prompt }],
    ...(usage.reasoning > 0 && { thoughtsTokenCount: usage.reasoning }),
  };
}
