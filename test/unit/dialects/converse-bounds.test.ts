// What bounds a Converse request before the call, and the one member that is changed.

import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../schema/json.ts';
import { bedrockConverse } from '../../../worker/dialects/bedrock-converse/bedrock-converse.ts';

describe('what is asked is bounded', () => {
  test('by its bytes, without those of pictures', () => {
    const picture = { image: { format: 'png', source: { bytes: 'A'.repeat(400) } } };
    expect(bounds(user(picture)).input).toEqual({ textBytes: 600, images: 1, tools: false, unbounded: false });
    const result = { toolResult: { toolUseId: 't', content: [picture, { json: { image: 1 } }] } };
    expect(bounds(user(result)).input).toMatchObject({ textBytes: 600, images: 1, unbounded: false });
  });

  test.each([
    ['a document', { document: { format: 'pdf', name: 'a', source: { bytes: 'AA' } } }],
    ['a film', { video: { format: 'mp4', source: { bytes: 'AA' } } }],
    ['a picture elsewhere', { image: { format: 'png', source: { s3Location: { uri: 's3://a/b' } } } }],
    ['a document in a result', { toolResult: { toolUseId: 't', content: [{ document: {} }] } }],
  ])('by the window, for %s', (_, block) => {
    expect(bounds(user(block)).input.unbounded).toBe(true);
  });

  test('by the window, for tools that Bedrock runs itself', () => {
    const body = { ...user({ text: 'Hi' }), toolConfig: { tools: [{ systemTool: { name: 'nova_grounding' } }] } };
    expect(bounds(body).input).toMatchObject({ tools: true, unbounded: true });
  });

  test.each([
    [{ text: 'Hi' }, 'none'],
    [{ cachePoint: { type: 'default' } }, '5m'],
    [{ cachePoint: { type: 'default', ttl: '1h' } }, '1h'],
  ])('by the longest cache, for %j', (block, expected) => {
    expect(bounds(user(block)).cacheWrite).toBe(expected);
  });

  test('by its cap, or by one that is written in beside the rest', () => {
    const call = bounds({ ...user({ text: 'Hi' }), inferenceConfig: { temperature: 1 } });
    expect(call).toMatchObject({ outputCap: null, stream: true, model: 'nova' });
    const terms = { upstreamModel: 'amazon.nova-pro-v1:0', injectedCap: 77, capMember: 'max_tokens' };
    expect(bedrockConverse.edits(call, terms)).toEqual([
      { member: 'inferenceConfig', value: { temperature: 1, maxTokens: 77 } },
    ]);
    expect(bedrockConverse.edits(call, { ...terms, injectedCap: null })).toEqual([]);
    expect(bounds({ ...user({ text: 'Hi' }), inferenceConfig: { maxTokens: 5 } }).outputCap).toBe(5);
  });

  test.each(['guardrailConfig', 'performanceConfig', 'promptVariables', 'serviceTier'])(
    'and %s has no price',
    (field) => {
      const parsed = bedrockConverse.parse({ ...user({ text: 'Hi' }), [field]: {} }, 100, {
        operation: 'converse',
        model: 'nova',
        search: '',
      });
      expect(parsed).toMatchObject({ ok: false, failure: { field } });
    },
  );
});

function bounds(body: JsonObject, bytes = 1_000) {
  const parsed = bedrockConverse.parse(body, bytes, { operation: 'converse-stream', model: 'nova', search: '' });
  if (!parsed.ok) throw new Error(parsed.failure.message);
  return parsed.value;
}

function user(block: JsonObject): JsonObject {
  return { messages: [{ role: 'user', content: [block] }] };
}
