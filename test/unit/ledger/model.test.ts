// The ledger against a plain model of it: any sequence of admissions, endings, repetitions, changed limits, passed days and
// lost memories comes to what a few lines of big integers say.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AdmitInput } from '../../../schema/ledger.ts';
import { micros } from '../../../schema/micros.ts';
import { admission, configuration, ending, monthly, settlement } from '../../helpers/ledger-questions.ts';
import { type NodeLedger, nodeLedger } from '../../helpers/node-ledger.ts';
import { rowId } from '../../helpers/rows.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LIFETIME_MS = 60_000;
const REMEMBERED_MS = { held: Number.POSITIVE_INFINITY, settled: 120_000, released: 120_000, expired: DAY_MS };

interface Call {
  state: keyof typeof REMEMBERED_MS;
  readonly input: AdmitInput;
  readonly day: number;
  readonly expiresAtMs: number;
  readonly held: bigint;
  settled: bigint;
  endedAtMs: number;
}

class Model {
  nowMs = Date.UTC(2026, 10, 11, 12);
  limit = 1_000n;
  version = 1;
  readonly calls: Call[] = [];

  sum(what: 'held' | 'settled'): bigint {
    return this.calls
      .filter(({ state, day }) => (state === 'held') === (what === 'held') && day === Math.floor(this.nowMs / DAY_MS))
      .reduce((sum, call) => sum + call[what], 0n);
  }

  /** The nth from the end, where the ledger must still know it. */
  call(back: number): { readonly call: Call; readonly number: number } | null {
    const number = this.calls.length - 1 - back;
    const call = this.calls[number];
    return call === undefined || this.nowMs - call.endedAtMs >= REMEMBERED_MS[call.state] ? null : { call, number };
  }

  pass(ms: number): void {
    this.nowMs += ms;
    for (const call of this.calls) {
      if (call.state !== 'held' || call.expiresAtMs > this.nowMs) continue;
      Object.assign(call, { state: 'expired', settled: call.held, endedAtMs: this.nowMs });
    }
  }
}

type Step = fc.AsyncCommand<Model, NodeLedger, true>;

/** A step whose answer, and all totals after it, must be the model's. */
function step(says: string, run: (model: Model, ledger: NodeLedger) => Promise<readonly [unknown, unknown]>): Step {
  return {
    check: () => Promise.resolve(true),
    run: async (model, ledger) => {
      const [actual, expected] = await run(model, ledger);
      expect(actual).toEqual(expected);
      const { budgets, holds } = await ledger.ledger();
      const totals = budgets.map(({ held, settled, limit }) => [held, settled, limit].map(BigInt));
      expect(totals).toEqual([[model.sum('held'), model.sum('settled'), model.limit]]);
      expect(holds).toBe(model.calls.filter(({ state }) => state === 'held').length);
    },
    toString: () => says,
  };
}

const nothing = [null, null] as const;

const admit = (most: number, least: number, elastic: boolean) =>
  step(`admit ${most}/${least}${elastic ? ' elastic' : ''}`, async (model, ledger) => {
    const input = admission(model.calls.length, most, { lifetimeMs: LIFETIME_MS });
    const ask = { ...input.ask, least: { ...input.ask.least, usd: micros(Math.min(most, least)) }, elastic };
    const reply = await ledger.admit({ ...input, ask });
    const room = model.limit - model.sum('settled');
    const free = room - model.sum('held');
    const needed = BigInt(elastic ? ask.least.usd : most);
    if (needed <= free) {
      if (reply.outcome !== 'admitted') return [reply, 'admitted'];
      const held = BigInt(reply.held.usd);
      const fits = elastic && BigInt(most) > free ? free : BigInt(most);
      const day = Math.floor(model.nowMs / DAY_MS);
      const call = { input: { ...input, ask }, day, expiresAtMs: model.nowMs + LIFETIME_MS, held };
      model.calls.push({ ...call, state: 'held', settled: 0n, endedAtMs: model.nowMs });
      // An elastic grant is a share of the ask, and may come to one unit less than fits.
      return [held, held === fits - 1n && fits === free && elastic ? held : fits];
    }
    const isUsedUp = room <= 0n || (BigInt(ask.least.usd) > room && BigInt(ask.least.usd) <= model.limit);
    const reason = needed <= room ? 'contended' : isUsedUp ? 'exhausted' : 'too_expensive';
    return [reply.outcome === 'refused' && reply.reason, reason];
  });

const settle = (back: number, percent: number) =>
  step(`settle ${back} for ${percent} %`, async (model, ledger) => {
    const found = model.call(back);
    if (found === null) return nothing;
    const { call, number } = found;
    const amount = (call.held * BigInt(percent)) / 100n;
    const { outcome } = await ledger.settle(settlement(number, Number(amount)));
    if (call.state === 'settled') return [outcome, call.settled === amount ? 'already_settled' : 'settle_conflict'];
    if (call.state === 'released') return [outcome, 'settle_conflict'];
    const expected = call.state === 'held' ? 'settled' : 'settled_late';
    Object.assign(call, { state: 'settled', settled: amount, endedAtMs: model.nowMs });
    return [outcome, expected];
  });

const release = (back: number) =>
  step(`release ${back}`, async (model, ledger) => {
    const found = model.call(back);
    if (found === null) return nothing;
    const { call, number } = found;
    const { outcome } = await ledger.release({ callId: rowId(number), ending });
    if (call.state === 'settled') return [outcome, 'release_conflict'];
    if (call.state === 'released') return [outcome, 'already_released'];
    const expected = call.state === 'held' ? 'released' : 'released_late';
    Object.assign(call, { state: 'released', settled: 0n, endedAtMs: model.nowMs });
    return [outcome, expected];
  });

const repeat = (back: number, other: boolean) =>
  step(`admit ${back} again${other ? ', for another amount' : ''}`, async (model, ledger) => {
    const found = model.call(back);
    if (found === null) return nothing;
    const { input } = found.call;
    const most = { ...input.ask.most, usd: micros(input.ask.most.usd + Number(other)) };
    const { outcome } = await ledger.admit({ ...input, ask: { ...input.ask, most } });
    return [outcome, other ? 'admission_conflict' : 'already_admitted'];
  });

const limit = (amount: number) =>
  step(`limit ${amount}`, async (model, ledger) => {
    model.limit = BigInt(amount);
    model.version += 1;
    const budget = monthly({ period: 'day', limit: amount, limitVersion: model.version });
    const { outcome } = await ledger.configure(configuration(model.version, [budget]));
    return [outcome, 'configured'];
  });

const pass = (ms: number) =>
  step(`pass ${ms} ms`, async (model, ledger) => {
    model.pass(ms);
    await ledger.advance(ms);
    return nothing;
  });

const evict = step('evict', async (_, ledger) => {
  const wrong = (await ledger.verify()).checks.filter(({ ok, name }) => !ok && !name.startsWith('an alarm'));
  await ledger.evict();
  return [wrong, []];
});

const amount = fc.integer({ min: 0, max: 600 });
const back = fc.nat({ max: 4 });
const steps = fc.commands<Model, NodeLedger, true>(
  [
    fc.tuple(amount, amount, fc.boolean()).map((args) => admit(...args)),
    fc.tuple(amount, amount, fc.boolean()).map((args) => admit(...args)),
    fc.tuple(back, fc.constantFrom(0, 40, 100, 170)).map((args) => settle(...args)),
    back.map((nth) => release(nth)),
    fc.tuple(back, fc.boolean()).map((args) => repeat(...args)),
    fc.integer({ min: 0, max: 3_000 }).map((most) => limit(most)),
    fc.constantFrom(1_000, LIFETIME_MS, 3 * LIFETIME_MS, HOUR_MS, DAY_MS).map((ms) => pass(ms)),
    fc.constant(evict),
  ],
  { size: 'max', maxCommands: 60 },
);

test('any sequence of questions comes to what the model says', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (commands) => {
      const model = new Model();
      const real = nodeLedger(model.nowMs);
      await real.configure(configuration(1, [monthly({ period: 'day' })]));
      await fc.asyncModelRun(() => ({ model, real }), commands);
    }),
    { numRuns: 300 },
  );
}, 30_000);
