// Refusals and failures as OpenAI's clients expect them, whichever of its protocols they speak. The statuses are chosen so
// that real clients stop after one try.

import type { Failure } from '../../schema/failure.ts';
import type { RenderedFailure } from './dialect.ts';
import { codeOf, detailsOf, messageOf, retrySeconds, retrySecondsOf, wholeSeconds } from './refusal-text.ts';

interface Form {
  readonly status: number;
  readonly type: string;
  readonly param?: string | null;
  /** Seconds after which a retry may help; absent or null where none will. */
  readonly retryAfterS?: number | null;
}

const DO_NOT_RETRY = { 'x-should-retry': 'false' };

export function renderOpenaiFailure(failure: Failure, requestId: string): RenderedFailure {
  const form = formOf(failure);
  return {
    status: form.status,
    headers: typeof form.retryAfterS === 'number' ? { 'retry-after': String(form.retryAfterS) } : DO_NOT_RETRY,
    body: {
      error: {
        message: messageOf(failure),
        type: form.type,
        param: form.param ?? null,
        code: codeOf(failure),
        details: detailsOf(failure),
        request_id: requestId,
      },
    },
  };
}

function formOf(failure: Failure): Form {
  switch (failure.reason) {
    case 'invalid_key':
      return { status: 401, type: 'invalid_request_error' };
    case 'bad_request':
      return { status: 400, type: 'invalid_request_error', param: failure.field };
    case 'dialect_unsupported':
    case 'price_unknown':
      return { status: 400, type: 'invalid_request_error', param: 'model' };
    case 'body_too_large':
      return { status: 413, type: 'invalid_request_error' };
    case 'unsupported_encoding':
      return { status: 415, type: 'invalid_request_error' };
    case 'unknown_path':
      return { status: 404, type: 'invalid_request_error' };
    case 'model_not_found':
    case 'provider_missing':
      return { status: 404, type: 'invalid_request_error', param: 'model' };
    case 'model_not_allowed':
    case 'approval_required':
    case 'phased_out':
      return { status: 403, type: 'permission_error', param: 'model' };
    case 'source_not_allowed':
    case 'suspended':
      return { status: 403, type: 'permission_error' };
    case 'exhausted':
    case 'too_expensive':
      return { status: 402, type: 'insufficient_quota' };
    case 'contended':
      return { status: 429, type: 'rate_limit_error', retryAfterS: wholeSeconds(failure.retryAfterMs ?? 1_000) };
    case 'rate_limited':
    case 'concurrency_exceeded':
      return { status: 429, type: 'rate_limit_error', retryAfterS: retrySeconds(failure) };
    case 'ledger_unavailable':
    case 'models_unavailable':
      return { status: 503, type: 'server_error', retryAfterS: 2 };
    case 'upstream_unreachable':
      return { status: 502, type: 'server_error', retryAfterS: 1 };
    case 'upstream_invalid':
      return { status: 502, type: 'server_error' };
    case 'upstream_timeout':
      return { status: 504, type: 'server_error' };
    case 'upstream_refused':
      return { status: failure.status, type: typeOf(failure.status), retryAfterS: retrySecondsOf(failure) };
    case 'client_gone':
      return { status: 499, type: 'server_error' };
    case 'internal':
      return { status: 500, type: 'server_error' };
  }
}

/** The type that OpenAI itself gives an error of this status. */
function typeOf(status: number): string {
  if (status === 401 || status === 403) return 'permission_error';
  if (status === 429) return 'rate_limit_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}
