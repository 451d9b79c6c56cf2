// Refusals and failures as Anthropic's clients expect them. The statuses are chosen so that real clients stop after one try.

import type { Failure } from '../../../schema/failure.ts';
import type { RenderedFailure } from '../dialect.ts';
import { codeOf, detailsOf, messageOf, retrySeconds, retrySecondsOf, wholeSeconds } from '../refusal-text.ts';

interface Form {
  readonly status: number;
  readonly type: string;
  /** Seconds after which a retry may help; absent or null where none will. */
  readonly retryAfterS?: number | null;
}

const DO_NOT_RETRY = { 'x-should-retry': 'false' };

export function renderMessagesFailure(failure: Failure, requestId: string): RenderedFailure {
  const form = formOf(failure);
  return {
    status: form.status,
    headers: typeof form.retryAfterS === 'number' ? { 'retry-after': String(form.retryAfterS) } : DO_NOT_RETRY,
    body: {
      type: 'error',
      error: {
        type: form.type,
        message: messageOf(failure),
        code: codeOf(failure),
        details: detailsOf(failure),
      },
      request_id: requestId,
    },
  };
}

export function renderMessagesStreamFailure(failure: Failure, requestId: string): string {
  return `event: error\ndata: ${JSON.stringify(renderMessagesFailure(failure, requestId).body)}\n\n`;
}

function formOf(failure: Failure): Form {
  switch (failure.reason) {
    case 'invalid_key':
      return { status: 401, type: 'authentication_error' };
    case 'bad_request':
    case 'dialect_unsupported':
    case 'price_unknown':
      return { status: 400, type: 'invalid_request_error' };
    case 'body_too_large':
      return { status: 413, type: 'request_too_large' };
    case 'unsupported_encoding':
      return { status: 415, type: 'invalid_request_error' };
    case 'unknown_path':
    case 'model_not_found':
    case 'provider_missing':
      return { status: 404, type: 'not_found_error' };
    case 'model_not_allowed':
    case 'approval_required':
    case 'phased_out':
    case 'source_not_allowed':
    case 'suspended':
      return { status: 403, type: 'permission_error' };
    case 'exhausted':
    case 'too_expensive':
      return { status: 402, type: 'billing_error' };
    case 'contended':
      return { status: 429, type: 'rate_limit_error', retryAfterS: wholeSeconds(failure.retryAfterMs ?? 1_000) };
    case 'rate_limited':
    case 'concurrency_exceeded':
      return { status: 429, type: 'rate_limit_error', retryAfterS: retrySeconds(failure) };
    case 'ledger_unavailable':
    case 'models_unavailable':
      return { status: 503, type: 'api_error', retryAfterS: 2 };
    case 'upstream_unreachable':
      return { status: 502, type: 'api_error', retryAfterS: 1 };
    case 'upstream_invalid':
      return { status: 502, type: 'api_error' };
    case 'upstream_timeout':
      return { status: 504, type: 'timeout_error' };
    case 'upstream_refused':
      return { status: failure.status, type: typeOf(failure.status), retryAfterS: retrySecondsOf(failure) };
    case 'client_gone':
      return { status: 499, type: 'api_error' };
    case 'internal':
      return { status: 500, type: 'api_error' };
  }
}

const TYPES: ReadonlyMap<number, string> = new Map([
  [401, 'authentication_error'],
  [402, 'billing_error'],
  [403, 'permission_error'],
  [404, 'not_found_error'],
  [413, 'request_too_large'],
  [429, 'rate_limit_error'],
  [504, 'timeout_error'],
  [529, 'overloaded_error'],
]);

/** The type that Anthropic itself gives an error of this status. */
function typeOf(status: number): string {
  return TYPES.get(status) ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
}
