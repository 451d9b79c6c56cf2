// What a ledger answered, in the words that scripts expect it in.

import type { CallId } from '../../schema/ids.ts';
import type {
  AdmitRefusal,
  AdmitReply,
  LedgerReport,
  RateState,
  SettleReply,
  VerifyReport,
} from '../../schema/ledger.ts';
import type { Party } from '../../schema/team-config.ts';
import type { ToldThreshold, ToldUsage } from './ledger-script.ts';
import { budgetIdOf, option } from './script-words.ts';

export function describeAdmission(reply: AdmitReply): string {
  switch (reply.outcome) {
    case 'admitted':
      return reply.held.tokens > 0
        ? `admitted held=${reply.held.usd} tokens=${reply.held.tokens}`
        : `admitted held=${reply.held.usd}`;
    case 'refused':
      return `refused ${reply.reason}${describeRefusal(reply)}`;
    case 'already_admitted':
    case 'admission_conflict':
      return reply.outcome;
  }
}

/** For a budget ` by=team retry=1s`; for a rate ` by=team requests=2/2 retry=61s`; for a suspension ` by=member:ada`; for a
 * downshift ` to=ours by=team used=83%`; for what a key is not for ` scope=key`. */
function describeRefusal(refusal: AdmitRefusal): string {
  if ('budget' in refusal) return ` by=${refusal.budget.id} retry=${retryText(refusal.retryAfterMs)}`;
  if (refusal.reason === 'downshift') {
    return ` to=${refusal.to} by=${refusal.by.id} used=${refusal.by.usedPercent}%`;
  }
  if ('scope' in refusal) return ` scope=${refusal.scope}`;
  if ('party' in refusal) return ` by=${partyText(refusal.party)}`;
  if (!('rate' in refusal)) return '';
  const { rate, retryAfterMs } = refusal;
  return ` by=${partyText(rate.party)} ${RATE_WORDS[rate.kind]}=${rate.used}/${rate.limit} retry=${retryText(retryAfterMs)}`;
}

function retryText(retryAfterMs: number | null): string {
  return retryAfterMs === null ? 'never' : `${retryAfterMs / 1_000}s`;
}

const RATE_WORDS: Record<RateState['kind'], string> = {
  requestsPerMinute: 'requests',
  tokensPerMinute: 'tokens',
  concurrency: 'concurrency',
};

function partyText(party: Party): string {
  return party.kind === 'team' ? 'team' : `${party.kind}:${party.id.replace(/^0+/, '')}`;
}

export function describeSettlement(reply: SettleReply): string {
  if (!('overage' in reply)) return reply.outcome;
  return reply.overage.usd > 0 ? `${reply.outcome} overage=${reply.overage.usd}` : reply.outcome;
}

/** `totals <scope> [of <member>] [<number>] → held=… settled=…`, in the unit of the budget. */
export function describeTotals(report: LedgerReport, words: readonly string[]): string {
  const budget = budgetIn(report, words);
  if (budget === undefined) return 'no such budget';
  const { held, settled, remaining, limit, carried } = budget;
  return `held=${held} settled=${settled} remaining=${remaining} limit=${limit} carried=${carried}`;
}

/** `window <scope> [of <member>] [<number>] → 2026-11-11T00:00 2026-11-12T00:00`, in UTC. */
export function describeWindow(report: LedgerReport, words: readonly string[]): string {
  const window = budgetIn(report, words)?.window;
  if (window === undefined) return 'no such budget';
  return `${minuteOf(window.startMs)} ${window.endMs === null ? 'never' : minuteOf(window.endMs)}`;
}

function budgetIn(report: LedgerReport, words: readonly string[]) {
  const [, scope = ''] = words;
  const subject = option(words, 'of');
  const id = budgetIdOf(scope, words.find((word) => /^\d+$/.test(word)) ?? '');
  return report.budgets.find((state) => state.id === id && (subject === null || state.subject === subject));
}

function minuteOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 'yyyy-mm-ddThh:mm'.length);
}

/** `event c1 → completed cost=550 over=team`, with ` estimated` where the cost is not the provider's own. */
export function describeEvent(events: readonly ToldUsage[], id: CallId): string {
  const event = events.findLast((each) => each.id === id);
  if (event === undefined) return 'none';
  const { outcome, cost, overBudgets, estimated } = event;
  const over = overBudgets.length === 0 ? 'none' : overBudgets.join(',');
  return `${outcome} cost=${cost} over=${over}${estimated ? ' estimated' : ''}`;
}

/** `told → team@50=500/1000 each-member/ada@50=…`: what is settled, and the limit it is held against. */
export function describeThresholds(events: readonly ToldThreshold[]): string {
  const lines = events
    .toSorted(
      (left, right) =>
        left.atMs - right.atMs || compare(nameOf(left), nameOf(right)) || left.threshold - right.threshold,
    )
    .map((event) => `${nameOf(event)}@${event.threshold}=${event.settled}/${event.limit}`);
  return lines.length === 0 ? 'nothing' : lines.join(' ');
}

function nameOf({ budget, subject }: ToldThreshold): string {
  return subject === null ? budget : `${budget}/${subject}`;
}

function compare(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}

export function describeProof({ checks }: VerifyReport): string {
  const failed = checks.filter(({ ok }) => !ok).map(({ name, detail }) => `${name} (${detail})`);
  return failed.length === 0 ? 'proven' : `not proven: ${failed.join('; ')}`;
}
