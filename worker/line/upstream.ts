// Sends an admitted call to its provider and waits for the response headers, no longer than it may.

import type { Failure } from '../../schema/failure.ts';
import { note } from '../../schema/operator-log.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';
import { type Provider, SignInError, type UpstreamCall } from '../providers/provider.ts';
import type { Deadlines } from './deadlines.ts';

export interface UpstreamOptions {
  readonly timeoutMs: number;
  /** Aborted by whoever ends the call: the client, the deadline, or this time-out. */
  readonly controller: AbortController;
  readonly deadlines: Deadlines;
}

/** Nothing was sent, so nothing is billed; what is wrong with the credential is for operators. */
const NOT_SIGNED_IN = "does not take the gateway's own credential; tell your admin";

export type UpstreamFailure = Extract<Failure, { readonly reason: `upstream_${string}` | 'client_gone' }>;

export async function sendUpstream(
  provider: Provider,
  call: Omit<UpstreamCall, 'signal'>,
  { timeoutMs, controller, deadlines }: UpstreamOptions,
): Promise<Result<Response, UpstreamFailure>> {
  let timedOut = false;
  const arrived = deadlines.after(timeoutMs, () => {
    timedOut = true;
    controller.abort();
  });
  try {
    const response = await provider.send({ ...call, signal: controller.signal });
    const message = objectionTo(response);
    if (message === null) return succeed(response);
    await response.body?.cancel();
    return fail({ reason: 'upstream_invalid', provider: provider.name, message });
  } catch (error) {
    if (error instanceof SignInError) {
      note({ event: 'sign_in_failed', error: `${provider.name}: ${error.message}` });
      return fail({ reason: 'upstream_invalid', provider: provider.name, message: NOT_SIGNED_IN });
    }
    // The runtime tells a refused connection from a broken one only in words; what matters is who ended the wait.
    if (timedOut) return fail({ reason: 'upstream_timeout', provider: provider.name, timeoutMs });
    if (controller.signal.aborted) return fail({ reason: 'client_gone' });
    return fail({ reason: 'upstream_unreachable', provider: provider.name });
  } finally {
    arrived();
  }
}

/** What is wrong with an answer that cannot be handed on, whatever is in it; null where nothing is. */
function objectionTo({ status }: Response): string | null {
  if (status >= 300 && status < 400) return `answered with a redirect (${status}), which is never followed`;
  return status < 200 || status > 599 ? `answered with ${status}, which is no status` : null;
}
