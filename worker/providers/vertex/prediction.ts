// Embeddings in OpenAI's form as Vertex AI's `predict` takes and gives them. Pure.

import { arrayAt, isObject, type JsonObject, type JsonValue, objectAt, parseJson } from '../../../schema/json.ts';

const BYTES_PER_NUMBER = 4;

/** Whose vectors are asked for, and how they are to be written. */
export interface VectorQuestion {
  readonly body: string;
  readonly isBase64: boolean;
}

/** Null where the input is tokens: only texts can be asked for here. Texts that are too long are refused, never cut. */
export function predictionOf(text: string): VectorQuestion | null {
  const asked = parseJson(text);
  if (!isObject(asked)) return null;
  const { input, dimensions } = asked;
  const texts = typeof input === 'string' ? [input] : arrayAt(asked, 'input');
  if (texts.length === 0 || !texts.every((content) => typeof content === 'string')) return null;
  const instances = texts.map((content) => ({ content }));
  const parameters = {
    autoTruncate: false,
    ...(typeof dimensions === 'number' && { outputDimensionality: dimensions }),
  };
  return { body: JSON.stringify({ instances, parameters }), isBase64: asked['encoding_format'] === 'base64' };
}

/** Null for what is no prediction of embeddings. Without a count for each text there is no usage: nothing is guessed. */
export function embeddingsOf(prediction: unknown, model: string, isBase64: boolean): JsonObject | null {
  if (!isObject(prediction)) return null;
  const embeddings = arrayAt(prediction, 'predictions').map((each) =>
    isObject(each) ? objectAt(each, 'embeddings') : null,
  );
  const vectors = embeddings.map((embedding) => numbersIn(embedding?.['values']));
  if (vectors.length === 0 || !vectors.every((vector) => vector !== null)) return null;
  const counts = embeddings.map((embedding) => objectAt(embedding, 'statistics')?.['token_count']);
  const isCounted = counts.every((count) => typeof count === 'number');
  const tokens = isCounted ? counts.reduce((sum, count) => sum + count, 0) : null;
  return {
    object: 'list',
    data: vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: isBase64 ? base64Of(vector) : vector,
    })),
    model,
    ...(tokens !== null && { usage: { prompt_tokens: tokens, total_tokens: tokens } }),
  };
}

function numbersIn(values: JsonValue | undefined): number[] | null {
  if (!Array.isArray(values)) return null;
  const numbers = values.filter((value) => typeof value === 'number');
  return numbers.length === values.length ? numbers : null;
}

/** Numbers of 32 bits, the least byte first, as OpenAI writes them. */
function base64Of(vector: readonly number[]): string {
  const view = new DataView(new ArrayBuffer(vector.length * BYTES_PER_NUMBER));
  for (const [index, value] of vector.entries()) view.setFloat32(index * BYTES_PER_NUMBER, value, true);
  return btoa(Array.from(new Uint8Array(view.buffer), (byte) => String.fromCharCode(byte)).join(''));
}
