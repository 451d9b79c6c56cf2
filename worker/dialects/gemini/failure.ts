// Refusals and failures as Google's clients expect them: a status by name, and details of well-known types.

import type { Failure } from '../../../schema/failure.ts';
import type { JsonObject } from '../../../schema/json.ts';
import type { RenderedFailure } from '../dialect.ts';
import { codeOf, detailsOf, messageOf, retrySeconds, retrySecondsOf, wholeSeconds } from '../refusal-text.ts';

interface Form {
  readonly code: number;
  readonly status: string;
  /** Seconds after which a retry may help; absent or null where none will. */
  readonly retryAfterS?: number | null;
}

const DO_NOT_RETRY = { 'x-should-retry': 'false' };
const TYPES = 'type.googleapis.com/google.rpc.';
const DOMAIN = 'headgate';
/** Clients retry a quota that is exhausted unless its name says that it is one per day, whatever its period is. */
const FINAL_QUOTA = 'HeadgateBudgetPerDay';
/** In these words of Google's own gemini-cli sees a final refusal and prints the message; of a quota per day alone it prints none. */
const FINAL_WORDS = 'Retry limit: 0.';
const TOO_MANY = 429;

export function renderGeminiFailure(failure: Failure, requestId: string): RenderedFailure {
  const form = formOf(failure);
  const { code, status, retryAfterS } = form;
  const isFinalQuota = code === TOO_MANY && typeof retryAfterS !== 'number';
  const message = isFinalQuota ? `${messageOf(failure)} ${FINAL_WORDS}` : messageOf(failure);
  return {
    status: code,
    headers: typeof retryAfterS === 'number' ? { 'retry-after': String(retryAfterS) } : DO_NOT_RETRY,
    body: {
      error: {
        code,
        message,
        status,
        details: [
          ...retryDetails(form, message),
          ...fieldDetails(failure),
          {
            '@type': `${TYPES}ErrorInfo`,
            reason: codeOf(failure).toUpperCase(),
            domain: DOMAIN,
            metadata: metadataOf(failure),
          },
          { '@type': `${TYPES}RequestInfo`, requestId },
        ],
      },
    },
  };
}

export function renderGeminiStreamFailure(failure: Failure, requestId: string): string {
  return `data: ${JSON.stringify(renderGeminiFailure(failure, requestId).body)}\n\n`;
}

function retryDetails({ code, retryAfterS }: Form, message: string): readonly JsonObject[] {
  if (typeof retryAfterS === 'number') return [{ '@type': `${TYPES}RetryInfo`, retryDelay: `${retryAfterS}s` }];
  if (code !== TOO_MANY) return [];
  return [{ '@type': `${TYPES}QuotaFailure`, violations: [{ quotaId: FINAL_QUOTA, description: message }] }];
}

function fieldDetails(failure: Failure): readonly JsonObject[] {
  if (failure.reason !== 'bad_request' || failure.field === null) return [];
  const violation = { field: failure.field, description: failure.message };
  return [{ '@type': `${TYPES}BadRequest`, fieldViolations: [violation] }];
}

/** An ErrorInfo holds strings only. */
function metadataOf(failure: Failure): JsonObject {
  const known = Object.entries(detailsOf(failure)).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(
    known.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

function formOf(failure: Failure): Form {
  switch (failure.reason) {
    case 'invalid_key':
      return { code: 401, status: 'UNAUTHENTICATED' };
    case 'bad_request':
    case 'dialect_unsupported':
    case 'price_unknown':
      return { code: 400, status: 'INVALID_ARGUMENT' };
    case 'body_too_large':
      return { code: 413, status: 'INVALID_ARGUMENT' };
    case 'unsupported_encoding':
      return { code: 415, status: 'INVALID_ARGUMENT' };
    case 'unknown_path':
    case 'model_not_found':
    case 'provider_missing':
      return { code: 404, status: 'NOT_FOUND' };
    case 'model_not_allowed':
    case 'approval_required':
    case 'phased_out':
    case 'source_not_allowed':
    case 'suspended':
      return { code: 403, status: 'PERMISSION_DENIED' };
    case 'exhausted':
    case 'too_expensive':
      return { code: TOO_MANY, status: 'RESOURCE_EXHAUSTED' };
    case 'contended':
      return {
        code: TOO_MANY,
        status: 'RESOURCE_EXHAUSTED',
        retryAfterS: wholeSeconds(failure.retryAfterMs ?? 1_000),
      };
    case 'rate_limited':
    case 'concurrency_exceeded':
      return { code: TOO_MANY, status: 'RESOURCE_EXHAUSTED', retryAfterS: retrySeconds(failure) };
    case 'ledger_unavailable':
    case 'models_unavailable':
      return { code: 503, status: 'UNAVAILABLE', retryAfterS: 2 };
    case 'upstream_unreachable':
      return { code: 502, status: 'UNAVAILABLE', retryAfterS: 1 };
    case 'upstream_invalid':
      return { code: 502, status: 'UNAVAILABLE' };
    case 'upstream_timeout':
      return { code: 504, status: 'DEADLINE_EXCEEDED' };
    case 'upstream_refused':
      return { code: failure.status, status: statusOf(failure.status), retryAfterS: retrySecondsOf(failure) };
    case 'client_gone':
      return { code: 499, status: 'CANCELLED' };
    case 'internal':
      return { code: 500, status: 'INTERNAL' };
  }
}

const STATUSES: ReadonlyMap<number, string> = new Map([
  [401, 'UNAUTHENTICATED'],
  [403, 'PERMISSION_DENIED'],
  [404, 'NOT_FOUND'],
  [409, 'ABORTED'],
  [429, 'RESOURCE_EXHAUSTED'],
  [503, 'UNAVAILABLE'],
  [504, 'DEADLINE_EXCEEDED'],
]);

/** The status that Google itself gives an error of this code. */
function statusOf(code: number): string {
  return STATUSES.get(code) ?? (code >= 500 ? 'INTERNAL' : 'INVALID_ARGUMENT');
}
