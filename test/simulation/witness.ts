// Sees what a ledger is asked, what it writes and what it answers, and holds all of it against the plain totals. Whatever it
// was told once must stay so, whatever is lost.

import type { EndedCall, OpenCall } from '../../durable-objects/ledger/call-row.ts';
import type { PageHeader } from '../../durable-objects/ledger/journal.ts';
import type { Ledger } from '../../durable-objects/ledger/ledger.ts';
import type { PageContent } from '../../durable-objects/ledger/page-codec.ts';
import type { StoredConfig } from '../../durable-objects/ledger/store.ts';
import type { CallId } from '../../schema/ids.ts';
import type { AdmitInput, LedgerReport, SettleInput } from '../../schema/ledger.ts';
import { units } from '../../schema/amounts.ts';
import { wrongWithHold, wrongWithState } from './admission-check.ts';
import { counterOf, following, type InForce } from './allowance.ts';
import { meaningOf } from './configuration.ts';
import { type NaiveCall, NaiveLedger, sameVector, toVector, ZERO } from './naive-ledger.ts';
import { Queue } from './queue.ts';
import { ThresholdWatch } from './threshold-watch.ts';
import { must } from './trace.ts';
import type { World } from './world.ts';

/** One time that an admission was asked for. */
export interface Asked {
  readonly input: AdmitInput;
  readonly atMs: number;
  readonly life: number;
  readonly fromPuts: number;
  /** Whether it was admitted before. */
  readonly wasKnown: boolean;
  othersWaited: boolean;
  /** How many configurations there had been. */
  readonly configurations: number;
  waits: boolean;
}

export class Witness {
  readonly ledger = new NaiveLedger();
  readonly thresholds = new ThresholdWatch(this.ledger);
  readonly waiting: Queue;
  /** Every configuration that ever was in force, the last one now. */
  readonly configurations: InForce[] = [];
  readonly asked = new Map<CallId, Asked[]>();
  readonly settlements = new Map<CallId, SettleInput[]>();
  /** Calls that were given back before they were admitted, by the life that must not admit them any more. */
  readonly refusedLater = new Map<CallId, number>();
  readonly #world: World;
  /** Which memory the object has: the first, the second... */
  life = 0;
  /** The object's time, which never goes back while it lives, nor behind what it wrote. */
  #nowMs = 0;
  #writtenMs = 0;

  constructor(world: World) {
    this.#world = world;
    this.waiting = new Queue(world);
  }

  get inForce(): InForce | null {
    return this.configurations.at(-1) ?? null;
  }

  get nowMs(): number {
    return Math.max(this.#nowMs, this.#world.nowMs);
  }

  sawClock(ms: number): number {
    this.#nowMs = Math.max(this.#nowMs, ms);
    return ms;
  }

  sawTime(ms: number): void {
    const before = this.#writtenMs;
    this.#writtenMs = Math.max(before, ms);
    this.ledger.later(() => {
      this.#writtenMs = before;
    });
  }

  sawConfig({ version, config }: StoredConfig): void {
    this.configurations.push(following(this.inForce, version, meaningOf(config), this.nowMs));
    this.ledger.later(() => void this.configurations.pop());
    this.#world.note(`version ${version} is written`);
    this.thresholds.sawConfiguration(this.configurations, this.nowMs);
  }

  /** Calls stand on a page in the order in which they were decided on. */
  sawPage({ writtenAtMs }: PageHeader, { calls }: PageContent): void {
    this.sawTime(writtenAtMs);
    for (const row of calls) {
      this.#world.note(`${row.id.slice(-8)} is written as ${row.state}`);
      if (row.state === 'held') this.#sawHold(row);
      else this.#sawEnding(row);
    }
    this.waiting.look(this.ledger, this.inForce);
  }

  confirmed(): void {
    this.ledger.confirm();
  }

  lost(): void {
    this.ledger.takeBack();
  }

  memoryIsNew(): void {
    this.life += 1;
    this.#nowMs = this.#writtenMs;
  }

  memoryIsGone(): void {
    this.waiting.clear();
  }

  /** What a new memory was read from the disk must be what was there before. */
  recovered(ledger: Ledger): void {
    const report = ledger.ledger();
    const { open, puts } = { open: this.ledger.open().length, puts: this.ledger.puts };
    const atMs = this.nowMs;
    const { inForce } = this;
    void this.#world.guardAnswer(async () => {
      const found = await report;
      must(found.holds === open, () => `recovered ${found.holds} holds of ${open}`);
      must(found.asOfMs === atMs, () => `recovered the time ${found.asOfMs} instead of ${atMs}`);
      must(found.version === (inForce?.version ?? 0), () => `recovered version ${found.version}`);
      this.#compareBudgets(found, inForce, puts, atMs);
    });
  }

  #compareBudgets(report: LedgerReport, inForce: InForce | null, puts: number, atMs: number): void {
    for (const state of report.budgets) {
      const budget = inForce?.config.budgets.find(({ id }) => id === state.id);
      if (inForce === null || budget === undefined) throw new Error(`no budget ${state.id}`);
      const { scope } = budget;
      const whose = state.subject ?? ('id' in scope ? scope.id : null);
      const counted = whose === null ? scope.kind : `${scope.kind}:${whose}`;
      const span = { fromPuts: puts, toPuts: puts, fromMs: atMs, toMs: atMs, mayYield: false };
      const wrong = wrongWithState(this.ledger, inForce, { budget, counted }, state, span);
      must(wrong === null, () => `recovered ${budget.id}: ${wrong ?? ''}`);
    }
  }

  #sawHold(row: OpenCall): void {
    must(!this.ledger.calls.has(row.id), () => `${row.id} is held a second time`);
    must(this.refusedLater.get(row.id) !== this.life, () => `${row.id} is held after it was given back`);
    const wrongs = (this.asked.get(row.id) ?? []).map((asked) => this.#wrongWithHold(asked, row));
    must(wrongs.includes(null), () => `${row.id} must not be held: ${wrongs.join('; ')}`);
    this.waiting.letIn(row, this.ledger, this.inForce, this.nowMs);
    this.#put(row, { settled: ZERO, endedAtMs: 0, revision: 0, outcome: '', estimated: false });
  }

  #wrongWithHold(asked: Asked, row: OpenCall): string | null {
    const { input, atMs, waits, configurations } = asked;
    if (waits ? row.admittedAtMs < atMs || row.admittedAtMs > this.nowMs : row.admittedAtMs !== atMs) {
      return `admitted at ${row.admittedAtMs}, asked at ${atMs}`;
    }
    if (row.expiresAtMs !== row.admittedAtMs + input.lifetimeMs) return 'another lifetime';
    // A call that waited was decided on in the configuration of then, which is one of those since.
    const possible = this.configurations.slice(configurations - 1, waits ? undefined : configurations);
    const wrongs = possible.map((each) => wrongWithHold(this.ledger, each, input, row));
    return wrongs.includes(null) ? null : wrongs.join(', or ');
  }

  #sawEnding(row: EndedCall): void {
    const before = this.ledger.calls.get(row.id);
    must(before !== undefined, () => `${row.id} ends and was never held`);
    must(before.state === 'held' || before.state === 'expired', () => `${row.id} ends again after ${before.state}`);
    const isFirst = before.state === 'held';
    must(row.revision === (isFirst ? 0 : 1), () => `${row.id} has revision ${row.revision}`);
    const replaced = isFirst ? ZERO : before.settled;
    must(sameVector(toVector(row.replaced), replaced), () => `${row.id} replaces what was not there`);
    switch (row.state) {
      case 'expired':
        must(isFirst && this.nowMs >= row.expiresAtMs, () => `${row.id} expires too early`);
        must(sameVector(toVector(row.settled), before.held), () => `${row.id} expires for another price`);
        break;
      case 'released':
        must(
          units.every((unit) => row.settled[unit] === 0),
          () => `${row.id} is released for a price`,
        );
        break;
      case 'settled': {
        const told = this.settlements.get(row.id) ?? [];
        const isTold = told.some(({ amounts }) => sameVector(toVector(amounts), toVector(row.settled)));
        must(isTold, () => `${row.id} is settled for what nobody said`);
        break;
      }
    }
    const { endedAtMs, revision, ending } = row;
    const { outcome, estimated } = ending;
    this.#put(row, { settled: toVector(row.settled), endedAtMs, revision, outcome, estimated });
    this.thresholds.sawEnding(row, this.configurations, this.nowMs);
  }

  #put(
    row: OpenCall | EndedCall,
    ending: Pick<NaiveCall, 'settled' | 'endedAtMs' | 'revision' | 'outcome' | 'estimated'>,
  ): void {
    const { id, state, member, key, admittedAtMs, expiresAtMs, overBudgets, charges } = row;
    const counters = charges.map((charge) => counterOf(charge.budget, charge.counted, charge.windowStartMs));
    const held = toVector(row.held);
    this.ledger.put({ id, state, member, key, admittedAtMs, expiresAtMs, overBudgets, counters, held, ...ending });
  }
}
