// What ended on each day in UTC, and what of it D1 has acknowledged: two sums that tell whether the record and the ledger
// agree. Days follow the admission, as the events' own time does.

import { addAmounts, type Amounts, NO_AMOUNTS, subtractAmounts } from '../../schema/amounts.ts';
import type { DayTotal } from '../../schema/ledger.ts';
import { allTokens } from '../../schema/usage.ts';
import type { EndedCall } from './call-row.ts';

const DAY_MS = 24 * 3_600_000;

export interface Sum {
  readonly events: number;
  readonly amounts: Amounts;
}

export const NONE: Sum = { events: 0, amounts: NO_AMOUNTS };

export interface DayRecord {
  readonly dayStartMs: number;
  readonly ended: Sum;
  readonly delivered: Sum;
}

export class DayBook {
  readonly #days = new Map<number, DayRecord>();
  readonly #changed = new Set<number>();

  constructor(days: Iterable<DayRecord>) {
    for (const day of days) this.#days.set(day.dayStartMs, day);
  }

  noteEnded(call: EndedCall): void {
    const day = this.#recordOf(call);
    this.#set({ ...day, ended: plus(day.ended, call) });
  }

  noteDelivered(call: EndedCall): void {
    const day = this.#recordOf(call);
    this.#set({ ...day, delivered: plus(day.delivered, call) });
  }

  delivered(): DayTotal[] {
    return this.#totals(({ delivered }) => delivered);
  }

  /** What ended and has not been acknowledged. */
  pending(): DayTotal[] {
    return this.#totals(({ ended, delivered }) => ({
      events: ended.events - delivered.events,
      amounts: subtractAmounts(ended.amounts, delivered.amounts),
    }));
  }

  records(): DayRecord[] {
    return [...this.#days.values()];
  }

  /** The days that changed since this was last asked. */
  takeChanged(): DayRecord[] {
    const changed = [...this.#changed].flatMap((dayStartMs) => this.#days.get(dayStartMs) ?? []);
    this.#changed.clear();
    return changed;
  }

  /** Drops the days before the given moment that D1 has in full. */
  forgetBefore(ms: number): number[] {
    const forgotten: number[] = [];
    for (const { dayStartMs, ended, delivered } of this.#days.values()) {
      if (dayStartMs + DAY_MS > ms || ended.events !== delivered.events) continue;
      this.#days.delete(dayStartMs);
      forgotten.push(dayStartMs);
    }
    return forgotten;
  }

  #totals(pick: (day: DayRecord) => Sum): DayTotal[] {
    return this.records().map((day) => {
      const { events, amounts } = pick(day);
      return { dayStartMs: day.dayStartMs, events, amounts };
    });
  }

  #recordOf(call: EndedCall): DayRecord {
    const dayStartMs = dayOf(call);
    return this.#days.get(dayStartMs) ?? { dayStartMs, ended: NONE, delivered: NONE };
  }

  #set(day: DayRecord): void {
    this.#days.set(day.dayStartMs, day);
    this.#changed.add(day.dayStartMs);
  }
}

/** The day in UTC on which a call was admitted, in milliseconds since 1970. */
export function dayOf({ admittedAtMs }: EndedCall): number {
  return Math.floor(admittedAtMs / DAY_MS) * DAY_MS;
}

/**
 * What the events of calls come to: their cost, and the tokens they say were used. A correction is no further event; it
 * replaces the one before it, which was an expiry and so knew of no tokens.
 */
export function plus({ events, amounts }: Sum, { revision, settled, ending, replaced }: EndedCall): Sum {
  const added = { ...settled, tokens: allTokens(ending.usage) };
  return {
    events: events + (revision === 0 ? 1 : 0),
    amounts: subtractAmounts(addAmounts(amounts, added), { ...replaced, tokens: 0 }),
  };
}
