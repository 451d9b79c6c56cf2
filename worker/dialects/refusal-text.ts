// What a refused person is told: one line with the numbers and what to do next, the same in every dialect.
// A command-line tool often prints nothing but this line.

import type { Failure } from '../../schema/failure.ts';
import type { JsonObject } from '../../schema/json.ts';
import type { BudgetState, RateState } from '../../schema/ledger.ts';
import { dollarsFromMicros, micros } from '../../schema/micros.ts';
import type { Party } from '../../schema/team-config.ts';
import { pageToAsk, wayToAsk } from './way-to-ask.ts';

const MAX_SHOWN_LENGTH = 200;
/** Nobody can foretell when an open call ends. */
const SOON_S = 1;
const SMALLER = 'Set a lower output limit or shorten the input';

type BudgetFailure = Extract<Failure, { readonly budget: BudgetState }>;
type UpstreamRefusal = Extract<Failure, { readonly reason: 'upstream_refused' }>;
type RateFailure = Extract<Failure, { readonly rate: RateState }>;

/** The stable, machine-readable reason: `error.code` of every answer that is not the provider's own. */
export function codeOf(failure: Failure): string {
  return failure.reason === 'invalid_key' ? 'invalid_api_key' : failure.reason;
}

export function messageOf(failure: Failure): string {
  switch (failure.reason) {
    case 'invalid_key':
      if (failure.advice !== undefined) return failure.advice;
      return 'This API key is not valid here. Check that it is complete, or ask your team lead for a new one.';
    case 'bad_request':
      return failure.message;
    case 'body_too_large':
      return `The request body is larger than ${failure.limitBytes} bytes, the most this gateway takes.`;
    case 'unsupported_encoding':
      return `The request body is encoded as "${failure.encoding}". Send it uncompressed.`;
    case 'unknown_path':
      if (failure.advice !== undefined) {
        return `${failure.method} ${shortened(failure.path)} is not offered here. ${failure.advice}`;
      }
      return `There is nothing at ${failure.method} ${shortened(failure.path)}. Calls go to POST /v1/chat/completions, /v1/responses or /v1/embeddings (the OpenAI base URL ends in /v1), POST /v1/messages (the Anthropic one does not) or POST /v1beta/models/{model}:generateContent (the Google one does not).`;
    case 'model_not_found':
      return `There is no model "${shortened(failure.model)}" here. Check its name (GET /v1/models lists yours), or ask an admin to add it.`;
    case 'provider_missing':
      return `The model "${failure.model}" is known, but its provider "${failure.provider}" is not set up on this gateway. Ask an admin.`;
    case 'price_unknown':
      return `The model "${failure.model}" has no price, and without a price no call is made. Ask an admin to set one.`;
    case 'dialect_unsupported':
      return `The model "${failure.model}" cannot be called through this API. It is served through ${failure.speaks}.`;
    case 'source_not_allowed':
      return failure.source === null
        ? 'This API key may be used from certain addresses alone, and where this call came from is not known. Ask an admin.'
        : `This API key may not be used from ${shortened(failure.source)}. Call from where it is meant to be used, or ask an admin.`;
    case 'model_not_allowed':
      if (failure.scope === 'key') {
        return `This API key is not for the model "${failure.model}". Choose another model, use another key, or ask an admin.`;
      }
      return `Your team may not use the model "${failure.model}". Ask your team lead, or choose another model.`;
    case 'approval_required':
      return `The model "${failure.model}" needs an approval that you do not have. ${askText(failure, 'it')}`;
    case 'phased_out':
      return phasedOutMessage(failure);
    case 'exhausted':
    case 'too_expensive':
    case 'contended':
      return budgetMessage(failure);
    case 'suspended':
      return `${suspendedText[failure.party.kind]} suspended from using models. Ask your team lead or an admin.`;
    case 'rate_limited':
    case 'concurrency_exceeded':
      return rateMessage(failure);
    case 'ledger_unavailable':
      return 'The budget ledger did not answer, so the call was not made. Try again in a moment.';
    case 'models_unavailable':
      return 'The list of models could not be read just now. Try again in a moment.';
    case 'upstream_unreachable':
      return `The provider "${failure.provider}" could not be reached, or broke the connection before it answered. Try again.`;
    case 'upstream_timeout':
      return `The provider "${failure.provider}" did not answer within ${failure.timeoutMs} ms. Try again, or ask for less.`;
    case 'upstream_invalid':
      return `The provider "${failure.provider}" ${failure.message}.`;
    case 'upstream_refused':
      return `${failure.provider}: ${shortened(failure.message)}`;
    case 'client_gone':
      return 'The client closed the connection before the answer began.';
    case 'internal':
      return 'Something went wrong inside the gateway. Tell your admin the request id.';
  }
}

/** The evidence behind a refusal, for programs. Empty where there is none. */
export function detailsOf(failure: Failure): JsonObject {
  const ask = wayToAsk(failure);
  return ask === null ? figuresOf(failure) : { ...figuresOf(failure), ask };
}

function figuresOf(failure: Failure): JsonObject {
  if (failure.reason === 'body_too_large') return { limitBytes: failure.limitBytes };
  if (failure.reason === 'phased_out') return { instead: failure.instead };
  if (failure.reason === 'suspended') return { suspended: failure.party.kind };
  if (failure.reason === 'source_not_allowed') return { source: failure.source };
  if (failure.reason === 'model_not_allowed' && failure.scope !== undefined) return { scope: failure.scope };
  if ('rate' in failure) {
    const { rate, estimate, retryAfterMs } = failure;
    const { party, kind, limit, used } = rate;
    return { scope: party.kind, rate: kind, limit, used, estimate, retryAfterMs };
  }
  if (!('budget' in failure)) return {};
  const { budget, estimate } = failure;
  return {
    budget: budget.id,
    scope: budget.scope.kind,
    unit: budget.unit,
    limit: amountOf(budget, budget.limit),
    carried: amountOf(budget, budget.carried),
    granted: amountOf(budget, budget.granted),
    settled: amountOf(budget, budget.settled),
    held: amountOf(budget, budget.held),
    estimate: amountOf(budget, estimate),
    period: budget.period,
    windowEnds: endOf(budget),
  };
}

/** What is asked for, and where. A link comes last, so that no full stop sticks to it. */
function askText(failure: Failure, what: 'it' | 'more' | 'an exception'): string {
  const page = pageToAsk(failure);
  return page === null ? `Ask your team lead for ${what}.` : `Ask for ${what}: ${page}`;
}

function phasedOutMessage(failure: Extract<Failure, { readonly reason: 'phased_out' }>): string {
  const { model, instead, notice } = failure;
  const said = notice === null ? '' : ` ${notice}`;
  return `The model "${shortened(model)}" is no longer offered: use "${instead}".${said} ${askText(failure, 'an exception')}`;
}

function budgetMessage(failure: BudgetFailure): string {
  const { budget, estimate } = failure;
  const total = budget.limit + budget.carried + budget.granted;
  const used = `${shown(budget, budget.settled)} of ${shown(budget, total)} used`;
  const name = `Budget "${budget.id}" (${scopeText(budget)}, ${periodText(budget)})`;
  const cost = `This call may take up to ${shown(budget, estimate)}`;
  switch (failure.reason) {
    case 'exhausted':
      return total === 0
        ? `${name} is set to ${shown(budget, 0)}. ${cost}. ${askText(failure, 'more')}`
        : `${name} is used up: ${used}. ${cost}. ${resetText(budget)}${askText(failure, 'more')}`;
    case 'too_expensive':
      return `${cost}, more than is left of budget "${budget.id}" (${scopeText(budget)}, ${periodText(budget)}): ${used}. ${SMALLER}. ${askText(failure, 'more')}`;
    case 'contended':
      return `${name} has room, but calls now running hold it: ${used}, ${shown(budget, budget.held)} held. ${cost}. Try again in a moment.`;
  }
}

const suspendedText: Readonly<Record<Party['kind'], string>> = {
  team: 'Your team is',
  member: 'You are',
  key: 'This API key is',
};

const whoseText: Readonly<Record<Party['kind'], string>> = { team: 'your team', member: 'you', key: 'this key' };

const rateText: Readonly<Record<RateState['kind'], string>> = {
  requestsPerMinute: 'requests a minute',
  tokensPerMinute: 'tokens a minute',
  concurrency: 'calls at once',
};

function rateMessage({ rate, estimate, retryAfterMs }: RateFailure): string {
  const { party, kind, limit, used } = rate;
  const whose = whoseText[party.kind];
  const limited = `${limit} ${rateText[kind]}`;
  if (limit === 0) return `No calls are allowed for ${whose}: the limit is ${limited}. Ask your team lead or an admin.`;
  switch (kind) {
    case 'concurrency':
      return `Too many calls at once: ${used} of ${limit} that ${whose} may have open are running. Try again when one has ended.`;
    case 'requestsPerMinute':
      return `Rate limit reached: ${used} of ${limited} used for ${whose}. ${againText(retryAfterMs)}`;
    case 'tokensPerMinute':
      return retryAfterMs === null
        ? `This call may take up to ${estimate} tokens, more than the ${limited} for ${whose}. ${SMALLER}.`
        : `Rate limit reached: ${used} of ${limited} used for ${whose}, and this call may take up to ${estimate}. ${againText(retryAfterMs)}`;
  }
}

function againText(retryAfterMs: number | null): string {
  return retryAfterMs === null ? 'Ask your team lead or an admin.' : `Try again in ${wholeSeconds(retryAfterMs)} s.`;
}

/** Seconds after which a rate may have room; null where no waiting helps: the call alone, or any call, is above it. */
export function retrySeconds({ reason, rate, retryAfterMs }: RateFailure): number | null {
  if (rate.limit === 0) return null;
  if (retryAfterMs !== null) return wholeSeconds(retryAfterMs);
  return reason === 'concurrency_exceeded' ? SOON_S : null;
}

/** The same for a provider's own refusal: its word where it gave one, and soon where its status says that a retry helps. */
export function retrySecondsOf({ status, retryAfterMs }: UpstreamRefusal): number | null {
  if (retryAfterMs !== null) return wholeSeconds(retryAfterMs);
  return status === 408 || status === 429 || status >= 500 ? SOON_S : null;
}

/** Whole seconds, rounded up, and never none: what a `Retry-After` header says. */
export function wholeSeconds(durationMs: number): number {
  return Math.max(1, Math.ceil(durationMs / 1_000));
}

/** Names come from the client and may be of any length; a message is one line. */
function shortened(text: string): string {
  return text.length > MAX_SHOWN_LENGTH ? `${text.slice(0, MAX_SHOWN_LENGTH)}…` : text;
}

function scopeText({ scope }: BudgetState): string {
  switch (scope.kind) {
    case 'team':
      return 'team';
    case 'member':
    case 'each_member':
      return 'your own';
    case 'key':
      return 'this key';
    case 'model':
      return `models ${scope.id}`;
  }
}

function periodText({ period }: BudgetState): string {
  return period === 'total' ? 'in total' : `per ${period}`;
}

function resetText(budget: BudgetState): string {
  const end = endOf(budget);
  return end === null ? '' : `It starts anew at ${end}. `;
}

function endOf({ window }: BudgetState): string | null {
  return window.endMs === null ? null : new Date(window.endMs).toISOString();
}

function shown(budget: BudgetState, amount: number): string {
  return budget.unit === 'usd' ? `$${dollarsFromMicros(micros(amount))}` : `${amount} ${budget.unit}`;
}

function amountOf(budget: BudgetState, amount: number): string | number {
  return budget.unit === 'usd' ? dollarsFromMicros(micros(amount)) : amount;
}
