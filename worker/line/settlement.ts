// How a call ends for the ledger: exactly once, whichever of its many exits is reached first. What nobody settles, the
// hold's lifetime does.

import { addAmounts, type Amounts, leastOf, NO_AMOUNTS } from '../../schema/amounts.ts';
import type { CallId, TeamId } from '../../schema/ids.ts';
import type { ReleaseReply, SettleReply } from '../../schema/ledger.ts';
import { micros } from '../../schema/micros.ts';
import { note } from '../../schema/operator-log.ts';
import type { Attempt, CallEnding, CallOutcome } from '../../schema/usage-event.ts';
import {
  addUsage,
  allTokens,
  NO_USAGE,
  totalUsage,
  type Usage,
  type UsageLine,
  type UsageReading,
} from '../../schema/usage.ts';
import type { MeterReport } from '../dialects/dialect.ts';
import type { LedgerClient } from '../ledger-client.ts';
import { costOf } from '../pricing/cost.ts';
import { billOfCut } from '../pricing/partial-bill.ts';
import { isBillable } from '../pricing/pieces.ts';
import { MOST_A_CALL } from '../pricing/plan.ts';
import { priceOfLine } from '../pricing/price-of-line.ts';
import type { ParsedCall } from '../dialects/dialect.ts';
import type { Target } from './gate.ts';
import { tellLater } from './tell-later.ts';

/** A target at work on a call. */
export interface Serving {
  readonly call: ParsedCall;
  readonly target: Target;
  /** What is charged when nobody can say what it used. */
  readonly ceiling: Amounts;
}

/** What is known of a call that has been admitted; `target` is the one that its hold names. */
export interface AdmittedCall extends Serving {
  readonly callId: CallId;
  readonly team: TeamId;
  readonly startedAtMs: number;
}

/** How the call ended, as the line saw it. `status` is what the client was given. */
export type Exit =
  | { readonly kind: 'answered'; readonly status: number; readonly report: MeterReport }
  | {
      readonly kind: 'cut';
      readonly by: 'client_gone' | 'upstream_cut' | 'deadline';
      readonly status: number;
      readonly report: MeterReport;
      /** From the request upstream to the first content, or to the cut; and what a provider takes to notice a cut of ours. */
      readonly silentMs: number;
    }
  /** The provider did the work or may have done it, and nobody can say how much: the hold is the price. */
  | { readonly kind: 'unknown'; readonly by: 'client_gone' | 'upstream_cut' | 'deadline'; readonly status: number }
  /** Nothing was done that anybody bills. */
  | {
      readonly kind: 'unbilled';
      readonly by: 'client_gone' | 'upstream_refused' | 'upstream_failed';
      readonly status: number;
    };

/** How long a provider generates on, unread, until it notices that it has been left. */
export const UNNOTICED_MS = 250;

export interface Settlement {
  /** Only the first exit counts; later ones get the first one's amounts. */
  readonly end: (exit: Exit) => Promise<Amounts>;
  readonly markFirstByte: () => void;
  /** What the present attempt would be charged with this end. */
  readonly priceOf: (exit: Exit) => Amounts;
  /** The present attempt came to nothing, and the call goes on. What it may have cost stays part of the bill. */
  readonly giveUp: (exit: Exit, result: string) => void;
  /** From now on this target is at work. */
  readonly serveBy: (serving: Serving) => void;
  /** Resolves when the call has ended for the ledger; never rejects. */
  readonly settled: Promise<void>;
}

interface Bill {
  readonly outcome: CallOutcome;
  readonly amounts: Amounts | null;
  readonly lines: readonly UsageLine[];
  readonly estimated: boolean;
}

/** What the ledger says to a settlement that counts. Anything else is for operators to look at. */
const HEARD = new Set<string>([
  'settled',
  'settled_late',
  'already_settled',
  'released',
  'released_late',
  'already_released',
  'withdrawn',
] satisfies (SettleReply | ReleaseReply)['outcome'][]);

/** What came of a call. */
export interface CallEnd {
  readonly target: Target;
  readonly amounts: Amounts;
  readonly ending: CallEnding;
}

/** What a settlement needs of the gate. */
export interface SettlementTools {
  readonly ledger: Pick<LedgerClient, 'settle' | 'release'>;
  readonly now: () => number;
  readonly keepAlive: (work: Promise<unknown>) => void;
}

/** `onEnd` hears what the ledger is told, once. */
export function openSettlement(
  { ledger, now, keepAlive }: SettlementTools,
  admitted: AdmittedCall,
  onEnd: ((end: CallEnd) => void) | null = null,
): Settlement {
  const { callId, team, startedAtMs } = admitted;
  let firstByteAtMs: number | null = null;
  let ended: Promise<Amounts> | null = null;
  let serving = admitted;
  let lost: Loss = NO_LOSS;
  const settled = Promise.withResolvers<void>();

  const settle = async (exit: Exit): Promise<Amounts> => {
    const bill = billOf(serving, exit);
    const ending: CallEnding = {
      outcome: bill.outcome,
      status: exit.status,
      usage: addUsage(totalUsage(bill.lines), lost.usage),
      estimated: bill.estimated || lost.amounts !== null,
      latencyMs: now() - startedAtMs,
      ttfbMs: firstByteAtMs === null ? null : firstByteAtMs - startedAtMs,
      ...serviceOf(admitted, serving, lost),
    };
    const amounts = together(bill.amounts, lost.amounts);
    const tell = async (): Promise<boolean> => {
      const told =
        amounts === null
          ? await ledger.release(team, { callId, ending })
          : await ledger.settle(team, { callId, amounts, ending });
      if (told.ok && !HEARD.has(told.value.outcome)) {
        note({ event: 'settlement_refused', team, requestId: callId, error: told.value.outcome });
      }
      return told.ok;
    };
    // The client does not wait for a ledger that is away; the true cost is told as soon as it is back.
    if (!(await tell())) keepAlive(tellLater(tell));
    onEnd?.({ target: serving.target, amounts: amounts ?? NO_AMOUNTS, ending });
    return amounts ?? NO_AMOUNTS;
  };

  return {
    end: (exit) => (ended ??= settle(exit).finally(settled.resolve)),
    settled: settled.promise,
    priceOf: (exit) => givenUp(serving, exit).amounts ?? NO_AMOUNTS,
    giveUp: (exit, result) => {
      const bill = givenUp(serving, exit);
      const { provider, upstreamModel } = serving.target;
      lost = {
        amounts: together(lost.amounts, bill.amounts),
        usage: addUsage(lost.usage, totalUsage(bill.lines)),
        tried: [...lost.tried, { provider: provider.name, upstreamModel, result }],
      };
    },
    serveBy: (next) => {
      serving = { ...admitted, ...next };
    },
    markFirstByte: () => {
      firstByteAtMs ??= now();
    },
  };
}

/** What the attempts cost that were given up. */
interface Loss {
  /** Null where nobody bills them. */
  readonly amounts: Amounts | null;
  readonly usage: Usage;
  readonly tried: readonly Attempt[];
}

const NO_LOSS: Loss = { amounts: null, usage: NO_USAGE, tried: [] };

/** However many attempts a call took, it is one request. */
function together(left: Amounts | null, right: Amounts | null): Amounts | null {
  if (left === null || right === null) return left ?? right;
  return { ...addAmounts(left, right), requests: 1 };
}

/** An attempt that is given up is charged as estimated, and no more than was set aside for it. */
function givenUp(serving: AdmittedCall, exit: Exit): Bill {
  const bill = billOf(serving, exit);
  return bill.amounts === null ? bill : { ...bill, amounts: leastOf(bill.amounts, serving.ceiling) };
}

function serviceOf(admitted: AdmittedCall, { target }: Serving, { tried }: Loss): Pick<CallEnding, 'service'> {
  if (tried.length === 0 && target === admitted.target) return {};
  const { provider, upstreamModel, price } = target;
  return { service: { provider: provider.name, upstreamModel, priceVersion: price.version, tried } };
}

function billOf(serving: AdmittedCall, exit: Exit): Bill {
  switch (exit.kind) {
    case 'unbilled':
      return { outcome: exit.by, amounts: null, lines: [], estimated: false };
    case 'unknown':
      return { outcome: exit.by, amounts: serving.ceiling, lines: [], estimated: true };
    case 'answered':
      return billOfAnswer(serving, exit.report);
    case 'cut':
      return billOfCutAnswer(serving, exit);
  }
}

function billOfAnswer(serving: AdmittedCall, { reading }: MeterReport): Bill {
  // What the provider counted must be what the price is for: seconds say nothing of a bill in tokens.
  if (reading === null || !tellsItsBill(reading, serving)) {
    return { outcome: 'usage_missing', amounts: serving.ceiling, lines: reading?.lines ?? [], estimated: true };
  }
  return { ...priced(serving, reading), outcome: 'completed' };
}

function tellsItsBill({ lines }: UsageReading, { target }: AdmittedCall): boolean {
  return lines.length === 0 || lines.some((line) => isBillable(line, target.price));
}

/** A final reading is a bill, whoever left after it. A provider that failed before it produced anything bills nothing. */
function billOfCutAnswer(
  serving: AdmittedCall,
  { by, report, silentMs }: Extract<Exit, { readonly kind: 'cut' }>,
): Bill {
  if (report.final && report.reading !== null) {
    return { ...priced(serving, report.reading), outcome: by };
  }
  if (report.state === 'failed' && report.reading === null && report.contentBytes === 0) {
    return { outcome: by, amounts: null, lines: [], estimated: false };
  }
  const lines = billOfCut({ ...report, silentMs }, serving.call, serving.target);
  return { ...priced(serving, { ...report.reading, lines, inexact: true }), outcome: by };
}

function priced(
  { call, target, startedAtMs }: AdmittedCall,
  { lines, inexact, terms }: UsageReading,
): Omit<Bill, 'outcome'> {
  const cost = costOf({
    lines,
    price: target.price,
    priceOf: (model) => priceOfLine(model, { ...target, catalogue: target.provider.catalogue, atMs: startedAtMs }),
    terms: { asked: call.terms, answered: terms },
    media: call.input.media,
  });
  const usage = totalUsage(lines);
  const usd = micros(Math.min(MOST_A_CALL.usd, cost.amount));
  const tokens = Math.min(MOST_A_CALL.tokens, allTokens(usage));
  return {
    amounts: { usd, tokens, requests: 1 },
    lines,
    estimated: inexact || cost.inexact || usd < cost.amount,
  };
}
