// A proposed policy over calls that were made: who would have been blocked or moved, and what that would have saved. It reads
// page by page in the order of the calls, keeps sums alone, and stops where its bounds are, to be asked on from there.

import { dialectNames } from '../schema/dialect-name.ts';
import type { BudgetId, TeamId } from '../schema/ids.ts';
import { type Micros, micros } from '../schema/micros.ts';
import type { Price } from '../schema/price.ts';
import { allTokens } from '../schema/usage.ts';
import type { Found, Target } from './line/gate.ts';
import { offerOf } from './line/offer.ts';
import { dialectsOf } from './line/rendition.ts';
import { translationInto } from './line/translation-table.ts';
import { type Proposal, type Verdict, verdictOn } from './line/verdict.ts';
import { costOf } from './pricing/cost.ts';
import type { Database } from './records/database.ts';
import { type RecordedCall, readCalls, readShortages, type Shortage, type Span } from './records/replayed-calls.ts';
import type { EventPosition } from './records/usage.ts';
import type { UsageDatabases } from './records/usage-databases.ts';

const CALLS_A_PAGE = 5_000;
export const MAX_CALLS = 1_000_000;
const MAX_MS = 20_000;
/** Who, which model and what became of it: beyond so many different ones the replay stops as well. */
const MAX_GROUPS = 5_000;
const MODEL_KINDS: ReadonlySet<string> = new Set([
  'openai-embeddings',
  'openai-images',
  'openai-transcriptions',
  'openai-speech',
]);
const ALL = 100;

/** Calls of one person to one model with the same verdict. Sums are of all of them, also where only a percentage is moved. */
export interface ReplayGroup {
  readonly team: TeamId;
  readonly user: string;
  readonly model: string;
  readonly verdict: Exclude<Verdict, { readonly outcome: 'unchanged' }>;
  calls: number;
  tokens: number;
  cost: Micros;
  /** The same calls at the price of the other model; what they cost where there is none. */
  costThere: Micros;
}

export interface Replay {
  readonly groups: readonly ReplayGroup[];
  readonly calls: number;
  readonly cost: Micros;
  /** Where to go on; null where the span is through. */
  readonly nextAfter: EventPosition | null;
}

export interface ReplayTools {
  readonly db: Database;
  readonly usage: UsageDatabases;
  readonly now: () => number;
  readonly find: (model: string) => Promise<Found>;
}

export async function replayPolicy(
  { db, usage, now, find }: ReplayTools,
  { span, proposal, after }: { readonly span: Span; readonly proposal: Proposal; readonly after: EventPosition | null },
): Promise<Replay> {
  const untilMs = now() + MAX_MS;
  const { downshift } = proposal;
  const targets = await targetsOf(proposal, find, now());
  const shortages = downshift === null ? [] : await readShortages(db, span, downshift.fromPercent);
  const byTeam = Map.groupBy(shortages, ({ team }) => team);
  const groups = new Map<string, ReplayGroup>();
  let calls = 0;
  let cost = 0;
  let position = after;
  while (calls < MAX_CALLS && groups.size < MAX_GROUPS && now() < untilMs) {
    const page = await readCalls(usage, span, position, CALLS_A_PAGE);
    for (const call of page) {
      judge(call, { proposal, targets, shortages: byTeam.get(call.team) ?? [], groups });
      cost += call.costMicros;
    }
    calls += page.length;
    const last = page.at(-1);
    if (last !== undefined) position = { at: last.at, id: last.id };
    if (page.length < CALLS_A_PAGE) return { groups: [...groups.values()], calls, cost: micros(cost), nextAfter: null };
  }
  return { groups: [...groups.values()], calls, cost: micros(cost), nextAfter: position };
}

/** The other model of a proposal; null where it cannot be called. */
interface Substitute {
  readonly price: Price;
  readonly obstacleTo: (call: RecordedCall) => string | null;
}

type Substitutes = ReadonlyMap<string, Substitute | null>;

async function targetsOf(
  { phaseOuts, downshift }: Proposal,
  find: ReplayTools['find'],
  nowMs: number,
): Promise<Substitutes> {
  const names = new Set([...phaseOuts.map(({ to }) => to), ...(downshift === null ? [] : [downshift.to])]);
  const found = await Promise.all(
    [...names].map(async (name) => [name, substituteOf(await find(name), nowMs)] as const),
  );
  return new Map(found);
}

/** A call may go to any of the model's targets; the first one's price stands for all. */
function substituteOf({ route }: Found, nowMs: number): Substitute | null {
  if (!route.ok) return null;
  const { candidates } = route.value;
  const { contextWindow } = offerOf(route.value, nowMs);
  return {
    price: candidates[0].price,
    obstacleTo: ({ dialect, input, cacheRead, cacheWrite5m, cacheWrite1h, output }) => {
      if (MODEL_KINDS.has(dialect) || !candidates.some((target) => canReach(target, dialect))) return 'dialect';
      const tokens = input + cacheRead + cacheWrite5m + cacheWrite1h + output;
      return contextWindow !== null && tokens > contextWindow ? 'contextWindow' : null;
    },
  };
}

function canReach(target: Target, dialect: string): boolean {
  const spoken = dialectNames.find((name) => name === dialect);
  if (spoken === undefined) return false;
  const speaks = dialectsOf(target);
  return speaks.includes(spoken) || translationInto(speaks, spoken) !== null;
}

interface Courtroom {
  readonly proposal: Proposal;
  readonly targets: Substitutes;
  readonly shortages: readonly Shortage[];
  readonly groups: Map<string, ReplayGroup>;
}

function judge(call: RecordedCall, { proposal, targets, shortages, groups }: Courtroom): void {
  const { team, user, costMicros } = call;
  const model = call.askedModel ?? call.model;
  const verdict = verdictOn(
    {
      user,
      model,
      shortOf: shortOf(call, shortages),
      obstacleTo: (to) => {
        const target = targets.get(to) ?? null;
        return target === null ? 'unavailable' : target.obstacleTo(call);
      },
    },
    proposal,
  );
  if (verdict.outcome === 'unchanged') return;
  const there = verdict.outcome === 'moved' ? targets.get(verdict.to) : null;
  const usage = usageOf(call);
  const costThere = there === null || there === undefined ? costMicros : costAt(there.price, usage);
  const name = JSON.stringify([team, user, model, verdict]);
  const group = groups.get(name);
  if (group === undefined) {
    groups.set(name, { team, user, model, verdict, calls: 1, tokens: allTokens(usage), cost: costMicros, costThere });
    return;
  }
  group.calls += 1;
  group.tokens += allTokens(usage);
  group.cost = micros(group.cost + costMicros);
  group.costThere = micros(group.costThere + costThere);
}

function shortOf({ at, user }: RecordedCall, shortages: readonly Shortage[]): BudgetId | null {
  const found = shortages.find(
    ({ subject, fromMs, toMs }) => fromMs <= at && at < toMs && (subject === null || subject === user),
  );
  return found?.budget ?? null;
}

function usageOf({ input, cacheRead, cacheWrite5m, cacheWrite1h, output, reasoning, webSearches }: RecordedCall) {
  return { input, cacheRead, cacheWrite5m, cacheWrite1h, output, reasoning, webSearches };
}

function costAt(price: Price, usage: ReturnType<typeof usageOf>): Micros {
  return costOf({ lines: [{ model: null, usage }], price, priceOf: () => null, media: false }).amount;
}

/** Of a sum over all calls of a group, the part that its verdict is about. */
export function shareOf({ verdict }: ReplayGroup, sum: number): number {
  return verdict.outcome === 'moved' ? Math.round((sum * verdict.percent) / ALL) : sum;
}

export function savingOf(group: ReplayGroup): number {
  return group.verdict.outcome === 'moved' ? shareOf(group, group.cost) - shareOf(group, group.costThere) : 0;
}
