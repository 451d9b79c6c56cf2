// Rounds of load that each end with `kill -9` of the whole server at a moment of chance, on one state. After them, what
// clients and the upstream saw is held against what Headgate recorded.

import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { HOLD_MARGIN_MS } from '../../schema/settings.ts';
import { type AdminClient, dollars, type EventAnswer, type LedgerAnswer } from '../helpers/admin-client.ts';
import { type ProviderGateway, startProviderGateway } from '../helpers/provider-gateway.ts';
import { type CallEnd, type CallRecord, FIRST_NUMBER, numberIn, planOf, PRICE, scriptOf } from './call.ts';
import { between, seededRandom } from './random.ts';
import { reconcile } from './reconcile.ts';
import { type Party, startTraffic } from './traffic.ts';

const TEAMS = ['amber', 'birch', 'cedar'] as const;
const KEYS_A_TEAM = 2;
const CLIENTS = 24;
const MODEL = { 'openai-chat': 'load-chat', 'anthropic-messages': 'load-messages' } as const;
const LIMIT = '900000.00';
const CALL_DEADLINE_MS = 3_000;
const SHORTEST_LOAD_MS = 150;
const LONGEST_LOAD_MS = 3_500;
/** The other rounds are killed again before the ledgers have come to rest. */
const CHECKED_SHARE = 0.5;
/** After the lifetime of a hold: the alarm, the delivery to D1, and a slow machine. */
const PATIENCE_MS = 30_000;
const POLL_EVERY_MS = 200;

const keySchema = z.looseObject({ id: z.string(), key: z.string() });

export interface KillOptions {
  readonly rounds: number;
  readonly seed: number;
  readonly say: (line: string) => void;
}

export interface KillReport {
  readonly violations: readonly string[];
  readonly calls: Readonly<Record<CallEnd, number>>;
  readonly inFlight: number;
  readonly events: number;
  /** Calls charged at their hold, because nobody was left to settle them. */
  readonly expired: number;
  /** Of those, calls whose client had the whole answer but not yet the end of the connection. */
  readonly expiredUnclosed: number;
  readonly settledUsd: number;
}

export async function runKillRounds({ rounds, seed, say }: KillOptions): Promise<KillReport> {
  const system = await startProviderGateway(() => ({ CALL_DEADLINE_MS: String(CALL_DEADLINE_MS) }));
  try {
    const parties = await setUp(system.gateway.admin);
    const plan = (number: number) => planOf(seed, number, parties.length);
    system.upstream.script((body) => scriptOf(plan(numberIn(body))));

    const random = seededRandom(seed);
    const calls: CallRecord[] = [];
    const violations: string[] = [];
    let nextNumber = FIRST_NUMBER;
    let inFlight = 0;
    say(TABLE_HEAD);
    for (let round = 1; round <= rounds; round += 1) {
      const loadMs = between(random, SHORTEST_LOAD_MS, LONGEST_LOAD_MS);
      const isChecked = random() < CHECKED_SHARE;
      const traffic = startTraffic({
        url: system.gateway.url,
        model: MODEL,
        parties,
        clients: CLIENTS,
        nextCall: () => plan(nextNumber++),
      });
      await sleep(loadMs);
      const open = traffic.open();
      const [made] = await Promise.all([traffic.stop(), system.gateway.kill9()]);
      await system.gateway.start();

      calls.push(...made);
      inFlight += open;
      const state = isChecked ? await atRest(system.gateway.admin) : await readState(system.gateway.admin);
      say(tableRow({ round, loadMs, made, open, isChecked, state }));
      if (!isChecked) continue;
      const found = reconcile({ calls, upstreamSaw: seenBy(system), ...state, isOver: false });
      violations.push(...found.map((text) => `after round ${round}: ${text}`));
    }

    say(`waiting up to ${(CALL_DEADLINE_MS + HOLD_MARGIN_MS) / 1_000} s for the holds of killed calls to expire`);
    const state = await withoutHolds(system.gateway.admin);
    violations.push(...reconcile({ calls, upstreamSaw: seenBy(system), ...state, isOver: true }));
    return { ...summaryOf(calls, state), inFlight, violations };
  } finally {
    await system.close();
  }
}

async function setUp(admin: AdminClient): Promise<readonly Party[]> {
  const limits = { contextWindow: 2_000_000, maxOutputTokens: 2_000_000, price: PRICE };
  const chat = { provider: 'openai', upstreamModel: 'gpt-5-mini', ...limits };
  const messages = { provider: 'anthropic', upstreamModel: 'claude-sonnet-4-5', ...limits };
  await admin.request('PUT', `/models/${MODEL['openai-chat']}`, chat);
  await admin.request('PUT', `/models/${MODEL['anthropic-messages']}`, messages);
  const parties: Party[] = [];
  for (const team of TEAMS) {
    const { key, keyId } = await admin.teamWithKey(team, { limit: LIMIT, period: 'total' });
    parties.push({ team, key, keyId });
    for (let further = 1; further < KEYS_A_TEAM; further += 1) {
      const made = keySchema.parse(await admin.request('POST', `/teams/${team}/keys`, { user: 'ada', name: 'more' }));
      parties.push({ team, key: made.key, keyId: made.id });
    }
  }
  return parties;
}

interface State {
  readonly events: readonly EventAnswer[];
  readonly ledgers: Readonly<Record<string, LedgerAnswer>>;
}

async function readState(admin: AdminClient): Promise<State> {
  const ledgers = await readLedgers(admin);
  const events = await Promise.all(TEAMS.map((team) => admin.events(team)));
  return { events: events.flat(), ledgers };
}

async function readLedgers(admin: AdminClient): Promise<State['ledgers']> {
  return Object.fromEntries(await Promise.all(TEAMS.map(async (team) => [team, await admin.ledger(team)] as const)));
}

/** The state once everything that ended is in D1, or as it is when patience ends. */
function atRest(admin: AdminClient): Promise<State> {
  return stateWhen(admin, PATIENCE_MS, ({ outbox }) => outbox === 0);
}

function withoutHolds(admin: AdminClient): Promise<State> {
  const withinMs = CALL_DEADLINE_MS + HOLD_MARGIN_MS + PATIENCE_MS;
  return stateWhen(admin, withinMs, ({ holds, outbox }) => holds === 0 && outbox === 0);
}

/** Ledgers and events are read one after the other; only if no ledger moved meanwhile do they belong together. */
async function stateWhen(
  admin: AdminClient,
  withinMs: number,
  fits: (ledger: LedgerAnswer) => boolean,
): Promise<State> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const before = await readLedgers(admin);
    const isLate = performance.now() > deadline;
    if (isLate || Object.values(before).every(fits)) {
      const state = await readState(admin);
      const after = await readLedgers(admin);
      if (isLate || TEAMS.every((team) => figuresOf(before[team]) === figuresOf(after[team]))) return state;
    }
    await sleep(POLL_EVERY_MS);
  }
}

function figuresOf(ledger: LedgerAnswer | undefined): string {
  return JSON.stringify([ledger?.holds, ledger?.outbox, ledger?.budgets]);
}

function seenBy({ upstream }: ProviderGateway): ReadonlySet<number> {
  return new Set(upstream.journal.map(({ body }) => numberIn(body)));
}

function summaryOf(
  calls: readonly CallRecord[],
  { events, ledgers }: State,
): Omit<KillReport, 'violations' | 'inFlight'> {
  const expired = events.filter(({ outcome }) => outcome === 'expired');
  const unclosed = new Set(calls.filter(({ end }) => end === 'unclosed').map(({ requestId }) => requestId));
  const settled = Object.values(ledgers).flatMap(({ budgets }) => budgets.map((budget) => dollars(budget.settled)));
  return {
    calls: countEnds(calls),
    events: events.length,
    expired: expired.length,
    expiredUnclosed: expired.filter(({ id }) => unclosed.has(id)).length,
    settledUsd: settled.reduce((sum, amount) => sum + amount, 0) / 1_000_000,
  };
}

function countEnds(calls: readonly CallRecord[]): Record<CallEnd, number> {
  const counts: Record<CallEnd, number> = { answered: 0, unclosed: 0, refused: 0, left: 0, cut: 0 };
  for (const { end } of calls) counts[end] += 1;
  return counts;
}

const COLUMNS = ['round', 'load ms', 'answered', 'unclosed', 'refused', 'left', 'cut', 'in flight', 'events', 'holds'];
const TABLE_HEAD = `${row(COLUMNS)}  state read`;

interface Round {
  readonly round: number;
  readonly loadMs: number;
  readonly made: readonly CallRecord[];
  readonly open: number;
  readonly isChecked: boolean;
  readonly state: State;
}

function tableRow({ round, loadMs, made, open, isChecked, state }: Round): string {
  const { answered, unclosed, refused, left, cut } = countEnds(made);
  const holds = Object.values(state.ledgers).reduce((sum, ledger) => sum + ledger.holds, 0);
  const cells = [round, loadMs, answered, unclosed, refused, left, cut, open, state.events.length, holds];
  return `${row(cells)}  ${isChecked ? 'at rest, reconciled' : 'at once'}`;
}

function row(cells: readonly (string | number)[]): string {
  return cells.map((cell) => String(cell).padStart(9)).join(' ');
}
