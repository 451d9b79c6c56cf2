// What a person reads who is suspended, too fast, or has too many calls open: one line with the numbers and what to do,
// in every dialect, and clients that retry only where it can help.

import { describe, expect, test } from 'vitest';
import type { Failure } from '../../../schema/failure.ts';
import { budgetIdSchema, keyIdSchema, userIdSchema } from '../../../schema/ids.ts';
import type { BudgetState, RateState } from '../../../schema/ledger.ts';
import type { Party } from '../../../schema/team-config.ts';
import { renderMessagesFailure } from '../../../worker/dialects/anthropic-messages/failure.ts';
import { renderGeminiFailure } from '../../../worker/dialects/gemini/failure.ts';
import { renderChatFailure } from '../../../worker/dialects/openai-chat/failure.ts';
import { openaiEmbeddings } from '../../../worker/dialects/openai-embeddings/openai-embeddings.ts';
import { renderResponsesFailure } from '../../../worker/dialects/openai-responses/failure.ts';

const yourTeam: Party = { kind: 'team' };
const you: Party = { kind: 'member', id: userIdSchema.parse('ada') };
const yourKey: Party = { kind: 'key', id: keyIdSchema.parse('abcd1234') };

function limited(rate: Partial<RateState>, retryAfterMs: number | null, estimate = 1): Failure {
  const reason = rate.kind === 'concurrency' ? 'concurrency_exceeded' : 'rate_limited';
  const state = { party: yourTeam, kind: 'requestsPerMinute', limit: 600, used: 600, ...rate } as const;
  return { reason, rate: state, estimate, retryAfterMs };
}

function inEach(failure: Failure) {
  return [
    renderChatFailure(failure, 'req_1'),
    renderMessagesFailure(failure, 'req_1'),
    renderResponsesFailure(failure, 'req_1'),
    openaiEmbeddings.renderFailure(failure, 'req_1'),
  ];
}

describe('a suspension', () => {
  test.each([
    [yourTeam, 'Your team is suspended from using models. Ask your team lead or an admin.'],
    [you, 'You are suspended from using models. Ask your team lead or an admin.'],
    [yourKey, 'This API key is suspended from using models. Ask your team lead or an admin.'],
  ])('of %o says whose it is and whom to ask, and is not tried again', (party, message) => {
    for (const { status, headers, body } of inEach({ reason: 'suspended', party })) {
      expect(status).toBe(403);
      expect(headers).toEqual({ 'x-should-retry': 'false' });
      expect(body).toMatchObject({
        error: { type: 'permission_error', code: 'suspended', message, details: { suspended: party.kind } },
      });
      expect(JSON.stringify(body)).not.toMatch(/ada|abcd1234/);
    }
  });
});

describe('what a key is not for', () => {
  test.each([
    [
      { reason: 'model_not_allowed', model: 'gpt-5', scope: 'key' },
      'This API key is not for the model "gpt-5". Choose another model, use another key, or ask an admin.',
      { scope: 'key' },
    ],
    [
      { reason: 'source_not_allowed', source: '192.0.2.1' },
      'This API key may not be used from 192.0.2.1. Call from where it is meant to be used, or ask an admin.',
      { source: '192.0.2.1' },
    ],
    [
      { reason: 'source_not_allowed', source: null },
      'This API key may be used from certain addresses alone, and where this call came from is not known. Ask an admin.',
      { source: null },
    ],
  ] as const)('%j is said in one line, and not tried again', (failure, message, details) => {
    for (const { status, headers, body } of inEach(failure)) {
      expect(status).toBe(403);
      expect(headers).toEqual({ 'x-should-retry': 'false' });
      expect(body).toMatchObject({ error: { type: 'permission_error', code: failure.reason, message, details } });
    }
    expect(renderGeminiFailure(failure, 'req_1')).toMatchObject({
      status: 403,
      body: { error: { status: 'PERMISSION_DENIED', message } },
    });
  });
});

describe('a rate that is reached says how long to wait', () => {
  test.each([
    [limited({}, 2_001), '3', 'Rate limit reached: 600 of 600 requests a minute used for your team. Try again in 3 s.'],
    [
      limited({ party: you, limit: 1, used: 1 }, 59_999),
      '60',
      'Rate limit reached: 1 of 1 requests a minute used for you. Try again in 60 s.',
    ],
    [
      limited({ party: yourKey, kind: 'tokensPerMinute', limit: 10_000, used: 9_000 }, 1, 2_000),
      '1',
      'Rate limit reached: 9000 of 10000 tokens a minute used for this key, and this call may take up to 2000. Try again in 1 s.',
    ],
    [
      limited({ kind: 'concurrency', limit: 50, used: 50 }, null),
      '1',
      'Too many calls at once: 50 of 50 that your team may have open are running. Try again when one has ended.',
    ],
    [
      limited({ kind: 'concurrency', party: you, limit: 2, used: 2 }, 1_500),
      '2',
      'Too many calls at once: 2 of 2 that you may have open are running. Try again when one has ended.',
    ],
  ])('%#', (failure, seconds, message) => {
    for (const { status, headers, body } of inEach(failure)) {
      expect(status).toBe(429);
      expect(headers).toEqual({ 'retry-after': seconds });
      expect(body).toMatchObject({ error: { type: 'rate_limit_error', code: failure.reason, message } });
    }
  });
});

describe('a rate for which waiting does not help is not tried again', () => {
  test.each([
    [
      limited({ kind: 'tokensPerMinute', limit: 1_000, used: 0 }, null, 5_000),
      'This call may take up to 5000 tokens, more than the 1000 tokens a minute for your team. Set a lower output limit or shorten the input.',
    ],
    [
      limited({ limit: 0, used: 0 }, null),
      'No calls are allowed for your team: the limit is 0 requests a minute. Ask your team lead or an admin.',
    ],
    [
      limited({ kind: 'tokensPerMinute', party: yourKey, limit: 0, used: 0 }, null, 5_000),
      'No calls are allowed for this key: the limit is 0 tokens a minute. Ask your team lead or an admin.',
    ],
    [
      limited({ kind: 'concurrency', party: you, limit: 0, used: 0 }, null),
      'No calls are allowed for you: the limit is 0 calls at once. Ask your team lead or an admin.',
    ],
    [
      limited({ kind: 'concurrency', party: you, limit: 0, used: 0 }, 1_000),
      'No calls are allowed for you: the limit is 0 calls at once. Ask your team lead or an admin.',
    ],
  ])('%#', (failure, message) => {
    for (const { status, headers, body } of inEach(failure)) {
      expect(status).toBe(429);
      expect(headers).toEqual({ 'x-should-retry': 'false' });
      expect(body).toMatchObject({ error: { type: 'rate_limit_error', message } });
    }
  });
});

test('a program finds the numbers of a rate in the details', () => {
  const failure = limited({ kind: 'tokensPerMinute', party: you, limit: 10_000, used: 9_000 }, 12_000, 2_000);
  for (const { body } of inEach(failure)) {
    expect(body).toMatchObject({
      error: {
        details: {
          scope: 'member',
          rate: 'tokensPerMinute',
          limit: 10_000,
          used: 9_000,
          estimate: 2_000,
          retryAfterMs: 12_000,
        },
      },
    });
  }
});

describe('a budget with something carried over', () => {
  const budget: BudgetState = {
    id: budgetIdSchema.parse('monthly'),
    scope: { kind: 'team' },
    subject: null,
    unit: 'usd',
    period: 'month',
    enforcement: 'hard',
    limit: 500_000_000,
    carried: 100_000_000,
    granted: 0,
    settled: 600_000_000,
    held: 0,
    remaining: 0,
    window: { startMs: 0, endMs: null },
  };

  test('is measured by all that could be used of it', () => {
    const failure: Failure = { reason: 'exhausted', budget, estimate: 1_000_000, retryAfterMs: null };
    for (const { body } of inEach(failure)) {
      expect(body).toMatchObject({
        error: {
          message: expect.stringContaining('is used up: $600.00 of $600.00 used'),
          details: { limit: '500.00', carried: '100.00', granted: '0.00', settled: '600.00' },
        },
      });
    }
  });

  test('is set to nothing only where nothing was carried over either', () => {
    const failure: Failure = { reason: 'exhausted', budget: { ...budget, limit: 0 }, estimate: 1, retryAfterMs: null };
    expect(JSON.stringify(renderChatFailure(failure, 'req_1').body)).not.toContain('is set to');
  });
});
