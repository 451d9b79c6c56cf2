// What a Gemini request may take, whichever way it is spelled, and the members that are changed upstream.

import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../schema/json.ts';
import { applyEdits, parseBody } from '../../../worker/dialects/body.ts';
import type { ParsedCall } from '../../../worker/dialects/dialect.ts';
import { gemini } from '../../../worker/dialects/gemini/gemini.ts';

const contents = [{ role: 'user', parts: [{ text: 'Hello' }] }];
const MODEL = 'gemini-2.5-pro';

function parse(change: JsonObject, operation = 'generateContent', search = '') {
  return gemini.parse({ contents, ...change }, 10_000, { operation, model: MODEL, search });
}

function parsed(change: JsonObject, operation?: string, search?: string): ParsedCall {
  const call = parse(change, operation, search);
  if (!call.ok) throw new Error(call.failure.message);
  return call.value;
}

function refused(change: JsonObject, operation?: string, search?: string): string | null {
  const call = parse(change, operation, search);
  return call.ok ? 'taken' : call.failure.field;
}

function withParts(...parts: JsonObject[]) {
  return parsed({ contents: [{ role: 'user', parts }] }).input;
}

describe('a request', () => {
  test('is of the model that its path names, and streams if its path says so', () => {
    expect(parsed({})).toMatchObject({ model: MODEL, stream: false, outputCap: null, choices: 1, webSearches: 0 });
    expect(parsed({}, 'streamGenerateContent').stream).toBe(true);
    expect(parsed({ model: `models/${MODEL}` }).model).toBe(MODEL);
  });

  test.each([
    [{ generationConfig: { maxOutputTokens: 7, candidateCount: 3 } }],
    [{ generation_config: { max_output_tokens: 7, candidate_count: 3 } }],
    [{ generationConfig: { max_output_tokens: 7, candidateCount: 3 } }],
  ])('is capped by %j', (change) => {
    expect(parsed(change)).toMatchObject({ outputCap: 7, choices: 3 });
  });

  test.each([
    [{ contents: undefined }, 'contents'],
    [{ contents: 'Hello' }, 'contents'],
    [{ model: 'models/gemini-2.5-flash' }, 'model'],
    [{ generationConfig: {}, generation_config: { max_output_tokens: 7 } }, 'generation_config'],
    [{ generationConfig: { maxOutputTokens: 7, max_output_tokens: 70_000 } }, 'generationConfig.max_output_tokens'],
    [{ system_instruction: {}, systemInstruction: {} }, 'systemInstruction'],
    [{ generationConfig: 7 }, 'generationConfig'],
    [{ generationConfig: { maxOutputTokens: 0 } }, 'generationConfig.maxOutputTokens'],
    [{ generationConfig: { maxOutputTokens: '70000' } }, 'generationConfig.maxOutputTokens'],
    [{ generationConfig: { maxOutputTokens: -1 } }, 'generationConfig.maxOutputTokens'],
    [{ generationConfig: { candidateCount: 9 } }, 'generationConfig.candidateCount'],
    [{ generationConfig: { responseModalities: ['TEXT', 'IMAGE'] } }, 'generationConfig.responseModalities'],
    [{ generation_config: { response_modalities: ['AUDIO'] } }, 'generationConfig.responseModalities'],
    [{ serviceTier: 'priority' }, 'serviceTier'],
    [{ service_tier: 'PRIORITY' }, 'serviceTier'],
    [{ tools: [{ googleMaps: {} }] }, 'tools.googleMaps'],
    [{ tools: [{ enterprise_web_search: {} }] }, 'tools.enterpriseWebSearch'],
    [{ tools: { google_maps: {} } }, 'tools.googleMaps'],
  ])('is refused with %j', (change, field) => {
    expect(refused(change)).toBe(field);
  });

  test('that wants another form of stream than the two is refused', () => {
    expect(refused({}, 'streamGenerateContent', '?alt=proto')).toBe('alt');
    expect(refused({}, 'streamGenerateContent', '?%24alt=proto')).toBe('alt');
    expect(refused({}, 'streamGenerateContent', '?alt=sse')).toBe('taken');
  });
});

describe('its input', () => {
  const data = 'x'.repeat(5_000);

  test('is bounded by its bytes, pictures apart, however they are spelled', () => {
    expect(withParts({ text: 'Hello', thoughtSignature: 'abc' })).toMatchObject({
      textBytes: 10_000,
      unbounded: false,
      media: false,
    });
    for (const part of [
      { inlineData: { mimeType: 'image/png', data } },
      { inline_data: { mime_type: 'image/png', data } },
      { functionResponse: { name: 'f', parts: [{ inlineData: { mimeType: 'image/png', data } }] } },
    ]) {
      expect(withParts(part)).toEqual({ textBytes: 5_000, images: 1, tools: false, unbounded: false, media: true });
    }
  });

  test.each([
    [{ inlineData: { mimeType: 'audio/wav', data } }],
    [{ inlineData: { mimeType: 'application/pdf', data } }],
    [{ inlineData: { data } }],
    [{ inline_data: { mime_type: 'video/mp4', mimeType: 'image/png', data } }],
    [{ inlineData: { mimeType: 'image/png', data }, inline_data: { mimeType: 'audio/wav', data } }],
    [{ fileData: { fileUri: 'https://example.com/a.pdf' } }],
    [{ file_data: { file_uri: 'https://example.com/a.pdf' } }],
    [{ functionResponse: { parts: [{ fileData: {} }] } }],
    [{ somethingNew: {} }],
  ])('is bounded by the window alone with the part %#', (part) => {
    expect(withParts(part)).toMatchObject({ images: expect.any(Number), unbounded: true, media: true });
  });

  test('is bounded by the window alone where it lies elsewhere', () => {
    expect(parsed({ cachedContent: 'cachedContents/a' }).input.unbounded).toBe(true);
    expect(parsed({ cached_content: 'cachedContents/a' }).input.unbounded).toBe(true);
    expect(parsed({ system_instruction: { parts: { file_data: {} } } }).input.unbounded).toBe(true);
    expect(parsed({ contents: { parts: [{ fileData: {} }] } }).input.unbounded).toBe(true);
    for (const tool of ['urlContext', 'url_context', 'codeExecution', 'fileSearch', 'googleSearch']) {
      expect(parsed({ tools: [{ [tool]: {} }] }).input).toMatchObject({ tools: true, unbounded: true });
    }
  });

  test('counts declared tools, and the searches of those that search', () => {
    const functionDeclarations = [{ name: 'weather' }];
    expect(parsed({ tools: [{ functionDeclarations }] })).toMatchObject({
      webSearches: 0,
      input: { tools: true, unbounded: false },
    });
    expect(parsed({ tools: [{ function_declarations: functionDeclarations, google_search: {} }] }).webSearches).toBe(
      10,
    );
  });
});

const edited = (text: string, terms: { upstreamModel?: string; injectedCap?: number | null }, operation?: string) => {
  const body = parseBody(text);
  if (!body.ok) throw new Error(body.failure.message);
  const call = gemini.parse(body.value.json, text.length, {
    operation: operation ?? 'generateContent',
    model: MODEL,
    search: '',
  });
  if (!call.ok) throw new Error(call.failure.message);
  const complete = { upstreamModel: MODEL, injectedCap: null, capMember: 'unused', ...terms };
  return applyEdits(body.value, gemini.edits(call.value, complete));
};

describe('upstream', () => {
  test.each([
    ['{"contents":[]}', '{"generationConfig":{"maxOutputTokens":9},"contents":[]}'],
    [
      '{ "contents":[], "generationConfig": {"temperature":0.5,"responseSchema":{"type":"STRING"}} }',
      '{ "contents":[], "generationConfig": {"temperature":0.5,"responseSchema":{"type":"STRING"},"maxOutputTokens":9} }',
    ],
    [
      '{"generation_config":{"top_k":1,"max_output_tokens":null},"contents":[]}',
      '{"generation_config":{"top_k":1,"max_output_tokens":9},"contents":[]}',
    ],
    ['{"contents":[],"generationConfig":null}', '{"contents":[],"generationConfig":{"maxOutputTokens":9}}'],
  ])('an absent cap is put into %s', (text, expected) => {
    expect(edited(text, { injectedCap: 9 })).toBe(expected);
  });

  test('a body goes on as it is where nothing has to be said, and under the name of the model there', () => {
    const text = `{"contents":[],"model":"models/${MODEL}"}`;
    expect(edited(text, {})).toBe(text);
    expect(edited(text, { upstreamModel: 'gemini-x' })).toBe('{"contents":[],"model":"models/gemini-x"}');
    expect(edited('{"contents":[]}', { upstreamModel: 'gemini-x' })).toBe('{"contents":[]}');
  });

  test('every request of a batch is of the model there', () => {
    const text = `{"requests":[{"model":"models/${MODEL}","content":{}},{"content":{}}]}`;
    expect(edited(text, { upstreamModel: 'e' }, 'batchEmbedContents')).toBe(
      '{"requests":[{"model":"models/e","content":{}},{"content":{}}]}',
    );
    expect(edited(text, {}, 'batchEmbedContents')).toBe(text);
  });
});

describe('an embedding', () => {
  const content = { parts: [{ text: 'Hello' }] };

  test('has no output and no cap', () => {
    const one = parsed({ content, contents: undefined }, 'embedContent');
    expect(one).toMatchObject({ outputCap: 0, stream: false, input: { textBytes: 10_000, unbounded: false } });
    expect(gemini.edits(one, { upstreamModel: MODEL, injectedCap: null, capMember: '' })).toEqual([]);
    expect(parsed({ requests: [{ content }] }, 'batchEmbedContents')).toMatchObject({ outputCap: 0 });
  });

  test.each([
    ['embedContent', {}, 'content'],
    ['embedContent', { content, model: 'models/other' }, 'model'],
    ['batchEmbedContents', { content }, 'requests'],
    ['batchEmbedContents', { requests: [{ content }, { model: 'models/other' }] }, 'requests[1].model'],
  ])('by %s is refused with %j', (operation, change, field) => {
    expect(refused(change, operation)).toBe(field);
  });

  test('of a file is bounded by the window alone', () => {
    const filed = { parts: [{ fileData: { fileUri: 'a' } }] };
    expect(parsed({ requests: [{ content: filed }] }, 'batchEmbedContents').input.unbounded).toBe(true);
  });
});
