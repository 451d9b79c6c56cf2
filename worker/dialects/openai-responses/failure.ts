// Refusals and failures as clients of the Responses API expect them. Codex asks again after 402, and stops at a 429 that
// says the quota is used up.

import type { Failure } from '../../../schema/failure.ts';
import { type JsonObject, objectAt } from '../../../schema/json.ts';
import type { BudgetState } from '../../../schema/ledger.ts';
import type { RenderedFailure } from '../dialect.ts';
import { renderOpenaiFailure } from '../openai-failure.ts';
import { codeOf, messageOf } from '../refusal-text.ts';

const PAYMENT_REQUIRED = 402;
const TOO_MANY_REQUESTS = 429;
/** Quotes inside the text of an answer are escaped, so only a member of the event itself matches. */
const SEQUENCE_NUMBER = /"sequence_number":\s*(?<number>\d{1,15})/g;

export function renderResponsesFailure(failure: Failure, requestId: string): RenderedFailure {
  const rendered = renderOpenaiFailure(failure, requestId);
  const { status, body } = rendered;
  if (status !== PAYMENT_REQUIRED) return rendered;
  const error =
    failure.reason === 'exhausted' ? { ...objectAt(body, 'error'), ...usedUp(failure.budget) } : body['error'];
  return { ...rendered, status: TOO_MANY_REQUESTS, body: { ...body, error: error ?? null } };
}

/** In these words Codex says that the limit is reached, whom to ask, and when to come back. */
function usedUp({ window: { endMs } }: BudgetState): JsonObject {
  return {
    type: 'usage_limit_reached',
    plan_type: 'business',
    resets_at: endMs === null ? null : Math.ceil(endMs / 1_000),
  };
}

/** An `error` event and the end of the response as a failure, numbered on from what the client read last. */
export function renderResponsesStreamFailure(failure: Failure, requestId: string, lastRead: string | null): string {
  const { error } = renderResponsesFailure(failure, requestId).body;
  const code = codeOf(failure);
  const message = messageOf(failure);
  const next = lastNumber(lastRead) + 1;
  const response = {
    id: `resp_${requestId.replace(/^req_/, '')}`,
    object: 'response',
    status: 'failed',
    error: { code, message },
    incomplete_details: null,
    output: [],
    usage: null,
  };
  return (
    event({ type: 'error', sequence_number: next, code, message, param: null, error: error ?? null }) +
    event({ type: 'response.failed', sequence_number: next + 1, response })
  );
}

function lastNumber(lastRead: string | null): number {
  const found = [...(lastRead ?? '').matchAll(SEQUENCE_NUMBER)].at(-1)?.groups?.['number'];
  return found === undefined ? -1 : Number(found);
}

function event(data: { readonly type: string; readonly [name: string]: unknown }): string {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
}
