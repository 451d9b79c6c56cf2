// Plays ledger scripts, such as `admit c1 600 60s → admitted`, against any ledger: on Node's SQLite or the real object in
// workerd. It knows no implementation. Every script ends with the ledger's own proof.

import { type CallId, type TeamId, teamIdSchema } from '../../schema/ids.ts';
import type { AdmitInput, SettleInput, TeamLedger } from '../../schema/ledger.ts';
import { micros } from '../../schema/micros.ts';
import type { ThresholdEvent } from '../../schema/threshold-event.ts';
import type { CallEnding } from '../../schema/usage-event.ts';
import { NO_USAGE } from '../../schema/usage.ts';
import {
  describeAdmission,
  describeEvent,
  describeProof,
  describeSettlement,
  describeThresholds,
  describeTotals,
  describeWindow,
} from './script-answers.ts';
import { Draft } from './script-draft.ts';
import { amountsOf, digestOf, durationOf, idOf, oneOf, option } from './script-words.ts';

export type ToldThreshold = Pick<
  ThresholdEvent,
  'id' | 'atMs' | 'budget' | 'subject' | 'threshold' | 'limit' | 'settled'
>;

export interface ToldUsage {
  readonly id: CallId;
  readonly outcome: string;
  readonly cost: number;
  readonly estimated: boolean;
  readonly overBudgets: readonly string[];
}

/** Everything the record was told so far; a threshold once, however often it was delivered. */
export interface ToldEvents {
  readonly usage: readonly ToldUsage[];
  readonly thresholds: readonly ToldThreshold[];
}

export interface ScriptedLedger extends Omit<TeamLedger, 'wake' | 'identify' | 'standing'> {
  readonly team: TeamId;
  /** Lets time pass, then lets the ledger do what is due. */
  advance(durationMs: number): Promise<void>;
  /** Moves the clock, by a negative duration back, and lets nothing happen. */
  jump(durationMs: number): void;
  /** Loses whatever is only in memory. */
  evict(): Promise<void>;
  events(): Promise<ToldEvents>;
}

/** A call that was let wait, and what it was answered. */
interface Waiting {
  answer: string | null;
}

/** The team of ledgers that have only one. */
export const scriptTeam = teamIdSchema.parse('script-team');
const MAX_LOOKS = 2_000;

/** Plays the script line by line; the first answer that differs from what its line says throws, naming the line. */
export async function playScript(
  ledger: ScriptedLedger,
  script: string,
  atTheEnd: 'prove' | 'leave' = 'prove',
): Promise<void> {
  const { asOfMs: startMs } = await ledger.ledger();
  const draft = new Draft(startMs);
  const player = new Player(ledger);
  let version = 0;
  let dirty = true;
  for (const [index, raw] of script.split('\n').entries()) {
    const line = raw.replace(/#.*$/, '').trim();
    if (line === '') continue;
    const [command = '', expected = ''] = line.split('→').map((part) => part.trim());
    const words = command.split(/\s+/);
    if (draft.change(words)) {
      dirty = true;
      continue;
    }
    if (dirty) {
      version += 1;
      await ledger.configure({ version, config: draft.config(ledger.team, (await ledger.ledger()).asOfMs) });
      dirty = false;
    }
    const actual = await player.play(words);
    if (actual !== null && !answers(words, actual, expected)) {
      throw new Error(`line ${index + 1}: ${line}\n  expected: ${expected}\n  actual:   ${actual}`);
    }
  }
  if (atTheEnd === 'leave') return;
  await ledger.advance(0);
  const proof = describeProof(await ledger.verify());
  if (proof !== 'proven') throw new Error(`the ledger at the end of the script is ${proof}`);
}

/** `expected` may be the beginning of the answer: "refused exhausted" also stands for it with its numbers. A list may not. */
function answers([verb]: readonly string[], actual: string, expected: string): boolean {
  return actual === expected || (verb !== 'told' && actual.startsWith(`${expected} `));
}

class Player {
  readonly #ledger: ScriptedLedger;
  readonly #waiting = new Map<string, Waiting>();
  readonly #told = new Set<string>();

  constructor(ledger: ScriptedLedger) {
    this.#ledger = ledger;
  }

  /** What the ledger answered; null where the line asks nothing. */
  async play(words: readonly string[]): Promise<string | null> {
    const ledger = this.#ledger;
    const [verb = '', name = '', amount = ''] = words;
    switch (verb) {
      case 'admit':
        return this.#admit(words);
      case 'answer':
        return this.#answerTo(name);
      case 'settle':
        return describeSettlement(await ledger.settle(settlement(ledger.team, words)));
      case 'release':
        return (await ledger.release({ callId: idOf(ledger.team, name), ending: ending() })).outcome;
      case 'tick':
        await ledger.advance(durationOf(name));
        return null;
      case 'clock':
        ledger.jump(durationOf(amount) * (name === 'back' ? -1 : 1));
        return null;
      case 'evict':
        await ledger.evict();
        return null;
      default:
        return this.#look(words);
    }
  }

  async #look(words: readonly string[]): Promise<string> {
    const ledger = this.#ledger;
    const [verb = '', name = ''] = words;
    switch (verb) {
      case 'totals':
        return describeTotals(await ledger.ledger(), words);
      case 'window':
        return describeWindow(await ledger.ledger(), words);
      case 'holds':
        return String((await ledger.ledger()).holds);
      case 'waiting':
        return String((await ledger.ledger()).waiting);
      case 'event':
        await ledger.advance(0);
        return describeEvent((await ledger.events()).usage, idOf(ledger.team, name));
      case 'told':
        return this.#newlyTold();
      case 'verify':
        return describeProof(await ledger.verify());
      default:
        throw new Error(`no such verb in a ledger script: ${verb}`);
    }
  }

  /** `admit <call> <usd> <lifetime> [key k1] [model m] [source address] [tokens n] [least usd[/tokens]] [elastic] [wait <patience>] [needs pin|grant] [shifting]` */
  async #admit(words: readonly string[]): Promise<string> {
    const [, name = ''] = words;
    const reply = this.#ledger.admit(admission(this.#ledger.team, words)).then(describeAdmission);
    if (option(words, 'wait') === null) return reply;
    const waiting: Waiting = { answer: null };
    this.#waiting.set(name, waiting);
    void reply.then(
      (answer) => (waiting.answer = answer),
      () => (waiting.answer = 'lost'),
    );
    return this.#answerTo(name);
  }

  /** The answer to a call that was let wait, or `waits` while the ledger counts it among those that do. */
  async #answerTo(name: string): Promise<string> {
    const waiting = this.#waiting.get(name);
    if (waiting === undefined) throw new Error(`${name} was never let wait`);
    for (let look = 0; look < MAX_LOOKS; look += 1) {
      const report = await this.#ledger.ledger();
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (waiting.answer !== null) return waiting.answer;
      const unanswered = [...this.#waiting.values()].filter(({ answer }) => answer === null).length;
      if (report.waiting === unanswered) return 'waits';
    }
    return 'gone without an answer';
  }

  async #newlyTold(): Promise<string> {
    await this.#ledger.advance(0);
    const { thresholds } = await this.#ledger.events();
    const fresh = thresholds.filter(({ id }) => !this.#told.has(id));
    for (const { id } of fresh) this.#told.add(id);
    return describeThresholds(fresh);
  }
}

/** `admit <call> <usd> <lifetime> …` as the message it stands for. */
export function admission(team: TeamId, words: readonly string[]): AdmitInput {
  const [, name = '', amount = '', lifetime = ''] = words;
  const most = amountsOf(words, amount);
  const [leastUsd, leastTokens] = option(words, 'least')?.split('/') ?? [];
  const patience = option(words, 'wait');
  const needs = option(words, 'needs');
  const source = option(words, 'source');
  const least = {
    ...most,
    usd: leastUsd === undefined ? most.usd : micros(Number(leastUsd)),
    tokens: leastTokens === undefined ? most.tokens : Number(leastTokens),
  };
  return {
    callId: idOf(team, name),
    keyDigest: digestOf(option(words, 'key') ?? 'k1'),
    ask: { most, least, elastic: words.includes('elastic') },
    lifetimeMs: durationOf(lifetime),
    facts: {
      model: option(words, 'model') ?? 'model-a',
      provider: 'demo',
      upstreamModel: 'demo',
      dialect: 'openai-chat',
      stream: false,
      priceVersion: 'script',
    },
    ...(patience === null ? {} : { patienceMs: durationOf(patience) }),
    ...(source !== null && { source }),
    ...(needs === null ? {} : { needs: oneOf(['pin', 'grant'], needs) }),
    ...(words.includes('shifting') && { mayShift: true }),
  };
}

/** `settle <call> <usd> [tokens n]` as the message it stands for. */
export function settlement(team: TeamId, words: readonly string[]): SettleInput {
  const [, name = '', amount = ''] = words;
  return { callId: idOf(team, name), amounts: amountsOf(words, amount), ending: ending() };
}

function ending(): CallEnding {
  return { outcome: 'completed', status: 200, usage: NO_USAGE, estimated: false, latencyMs: 1, ttfbMs: 1 };
}
