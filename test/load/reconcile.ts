// Holds what clients and the upstream saw against what Headgate recorded. Pure; each violation is a line of text.

import { dollars, type EventAnswer, type LedgerAnswer } from '../helpers/admin-client.ts';
import { type CallRecord, numberBilled } from './call.ts';

export interface Evidence {
  readonly calls: readonly CallRecord[];
  /** Numbers of the calls that reached the upstream. */
  readonly upstreamSaw: ReadonlySet<number>;
  /** Of all teams. */
  readonly events: readonly EventAnswer[];
  readonly ledgers: Readonly<Record<string, LedgerAnswer>>;
  /** Whether every hold has had the time to end. */
  readonly isOver: boolean;
}

export function reconcile(evidence: Evidence): readonly string[] {
  const matched = match(evidence);
  return [
    ...matched.violations,
    ...evidence.calls.flatMap((call) => wrongEvent(call, matched.byNumber.get(call.number))),
    ...evidence.events.flatMap((event) => wrongExpiry(event, evidence.calls)),
    ...(evidence.isOver ? unaccounted(evidence, matched) : []),
    ...Object.entries(evidence.ledgers).flatMap(([team, ledger]) => wrongLedger(evidence, team, ledger)),
  ];
}

interface Match {
  readonly byNumber: ReadonlyMap<number, EventAnswer>;
  /** Events that no call could be named for. */
  readonly left: readonly EventAnswer[];
  readonly violations: readonly string[];
}

/** By request id where the client learned it, else by the number that the event's bill or hold tells. */
function match({ calls, events }: Evidence): Match {
  const byId = new Map(calls.flatMap((call) => (call.requestId === null ? [] : [[call.requestId, call] as const])));
  const byNumber = new Map(calls.map((call) => [call.number, call]));
  const matched = new Map<number, EventAnswer>();
  const left: EventAnswer[] = [];
  const violations: string[] = [];
  for (const event of events) {
    const known = byId.get(event.id);
    const call = known ?? byNumber.get(numberBilled(event) ?? Number.NaN);
    if (call === undefined) left.push(event);
    else if (!isOf(event, call)) violations.push(`${nameOf(call)} has an event of ${event.team}, key ${event.key}`);
    else if (known === undefined && call.requestId !== null) {
      violations.push(`${nameOf(call)} has an event of another id as well: ${event.id}`);
    } else if (matched.has(call.number)) {
      violations.push(`${nameOf(call)} has two events, ${matched.get(call.number)?.id} and ${event.id}`);
    } else matched.set(call.number, event);
  }
  return { byNumber: matched, left, violations };
}

function isOf(event: EventAnswer, { team, keyId }: CallRecord): boolean {
  return event.team === team && event.key === keyId;
}

/** An answered call has its event at once, and at the price of its bill. */
function wrongEvent(call: CallRecord, event: EventAnswer | undefined): string[] {
  if (call.end !== 'answered') return [];
  if (event === undefined) return [`${nameOf(call)} was answered and has no event`];
  const cost = dollars(event.costUsd);
  const says = `${cost} micro-dollars, ${event.outcome}, ${event.estimated ? 'estimated' : 'exact'}`;
  if (cost !== call.number || event.outcome !== 'completed' || event.estimated) {
    return [`${nameOf(call)} was answered in full for ${call.number} micro-dollars; its event says ${says}`];
  }
  if (call.statedCost !== null && call.statedCost !== cost) {
    return [`${nameOf(call)} was told ${call.statedCost} micro-dollars; its event says ${says}`];
  }
  return [];
}

/** A hold that nobody settled is charged in full, as an estimate. */
function wrongExpiry(event: EventAnswer, calls: readonly CallRecord[]): string[] {
  if (event.outcome !== 'expired') return [];
  const number = numberBilled(event);
  const call = calls.find(({ requestId }) => requestId === event.id);
  if (event.estimated && number !== null && (call === undefined || call.number === number)) return [];
  const how = event.estimated ? 'as an estimate' : 'as if it were exact';
  return [`event ${event.id} expired at ${dollars(event.costUsd)} micro-dollars, which was not its hold, ${how}`];
}

/**
 * Events without a call, and calls without an event. A client that went, or was cut off, before the headers and has only
 * an estimate for a bill cannot be told from another such of its key; there the numbers of calls and events must fit.
 */
function unaccounted({ calls, upstreamSaw }: Evidence, { byNumber, left }: Match): string[] {
  const callsLeft = calls.filter(({ number }) => !byNumber.has(number));
  const lost = callsLeft
    .filter((call) => call.requestId !== null && (call.status === 200 || upstreamSaw.has(call.number)))
    .map((call) => `${nameOf(call)} was let through and has no event`);

  const nameless = callsLeft.filter(({ requestId }) => requestId === null);
  const keys = new Set([...nameless.map(({ keyId }) => keyId), ...left.map(({ key }) => key)]);
  const misfits = [...keys].flatMap((keyId) => {
    const events = left.filter(({ key }) => key === keyId);
    const possible = nameless.filter((call) => call.keyId === keyId);
    const certain = possible.filter(({ number }) => upstreamSaw.has(number));
    if (events.length > possible.length) {
      const named = events.map(({ id, outcome, costUsd }) => `${id} (${outcome}, $${costUsd})`).join(', ');
      return [`key ${keyId} has ${events.length} events for ${possible.length} calls that could be theirs: ${named}`];
    }
    if (events.length >= certain.length) return [];
    return [`key ${keyId} has ${certain.length} calls that the upstream saw, and ${events.length} events for them`];
  });
  return [...lost, ...misfits];
}

function wrongLedger({ events, isOver }: Evidence, team: string, { holds, outbox, budgets }: LedgerAnswer): string[] {
  const [budget] = budgets;
  if (budget === undefined) return [`team ${team} has no budget any more`];
  const sum = events.reduce((total, event) => total + (event.team === team ? dollars(event.costUsd) : 0), 0);
  const settled = dollars(budget.settled);
  const held = dollars(budget.held);
  return [
    ...(settled === sum ? [] : [`team ${team} has settled ${settled} micro-dollars, and its events come to ${sum}`]),
    ...(outbox === 0 ? [] : [`team ${team} has ${outbox} events that are still on their way`]),
    ...((holds === 0) === (held === 0) ? [] : [`team ${team} has ${holds} holds and ${held} micro-dollars held`]),
    ...(isOver && holds > 0 ? [`team ${team} has ${holds} holds that nothing ends`] : []),
  ];
}

function nameOf({ number, requestId, team }: CallRecord): string {
  return `call ${number} of ${team}${requestId === null ? '' : ` (${requestId})`}`;
}
