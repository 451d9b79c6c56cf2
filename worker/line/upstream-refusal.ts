// What a provider said when it refused a call, where its own body cannot be handed on: the call had been translated, and
// the body's form means nothing to the client, or the body broke off. Its status and its words cross over.

import type { Failure } from '../../schema/failure.ts';
import { isObject, type JsonValue, objectAt, parseJson, stringAt } from '../../schema/json.ts';
import type { WholeBody } from '../metering/whole-body.ts';

const NO_WORDS = 'The provider gave no reason.';

type UpstreamRefusal = Extract<Failure, { readonly reason: 'upstream_refused' }>;

export function refusalOf(provider: string, { status, headers }: Response, whole: WholeBody): UpstreamRefusal {
  const body = whole.outcome === 'whole' ? parseJson(new TextDecoder().decode(whole.bytes)) : undefined;
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return {
    reason: 'upstream_refused',
    provider,
    status,
    message: messageIn(body) ?? NO_WORDS,
    retryAfterMs: Number.isFinite(seconds) ? seconds * 1_000 : null,
  };
}

/** Where providers put their message: in `error`, which may itself be the message, or at the top; Gemini sends a list of one. */
export function messageIn(body: JsonValue | undefined): string | null {
  const [first] = Array.isArray(body) ? body : [body];
  if (!isObject(first)) return null;
  return stringAt(objectAt(first, 'error'), 'message') ?? stringAt(first, 'error') ?? stringAt(first, 'message');
}
