// Events on their way to D1: which pages go next, in which form, and what follows when D1 has them or refuses.

import type { TeamId } from '../../schema/ids.ts';
import type { TeamConfig } from '../../schema/team-config.ts';
import type { ThresholdEvent } from '../../schema/threshold-event.ts';
import type { UsageEvent } from '../../schema/usage-event.ts';
import type { DayBook } from './day-book.ts';
import type { CallRow, EndedCall } from './call-row.ts';
import type { Journal, PageHeader } from './journal.ts';
import type { Store } from './store.ts';

/** Events in one delivery: some 300 KB of JSON, far below D1's limit of 2 MB a parameter. */
export const MAX_EVENTS_A_DELIVERY = 500;

/** Whose events these are, and which database takes their usage. */
export type EventOwner = Pick<TeamConfig, 'team' | 'usageDatabase'>;

export interface EventBatch {
  /** Which database the usage goes to. */
  readonly usageDatabase: number;
  readonly usage: readonly UsageEvent[];
  readonly thresholds: readonly ThresholdEvent[];
}

/** Resolves once the record has every event; rejects when it refuses, or has not answered in time. Idempotent by id. */
export type EventSink = (batch: EventBatch) => Promise<void>;

interface Delivery {
  readonly pages: readonly PageHeader[];
  readonly ended: readonly EndedCall[];
  readonly batch: EventBatch;
}

export class Outbox {
  readonly #store: Store;
  readonly #sink: EventSink;
  #maxEvents = MAX_EVENTS_A_DELIVERY;

  constructor(store: Store, sink: EventSink) {
    this.#store = store;
    this.#sink = sink;
  }

  /** Delivers the oldest events; false when there are none. Rejects when they could not be delivered; they stay. */
  async deliverNext(owner: EventOwner, journal: Journal, days: DayBook): Promise<boolean> {
    const delivery = this.#next(owner, journal);
    if (delivery === null) return false;
    try {
      await this.#sink(delivery.batch);
    } catch (error) {
      // A smaller batch may pass where a large one is too much for a database in trouble.
      this.#maxEvents = Math.max(1, Math.floor(this.#maxEvents / 2));
      throw error;
    }
    this.#maxEvents = Math.min(MAX_EVENTS_A_DELIVERY, this.#maxEvents * 2);
    journal.markDelivered(delivery.pages);
    for (const call of delivery.ended) days.noteDelivered(call);
    return true;
  }

  #next({ team, usageDatabase }: EventOwner, journal: Journal): Delivery | null {
    const pages = journal.nextUndelivered(this.#maxEvents);
    if (pages.length === 0) return null;
    const contents = pages.map((page) => this.#store.loadPage(page));
    const ended = contents.flatMap(({ calls }) => calls.filter(isEnded));
    const thresholds = contents.flatMap((content) => content.thresholds);
    const usage = ended.map((row) => toEvent(team, row));
    return { pages, ended, batch: { usageDatabase, usage, thresholds } };
  }
}

export function isEnded(row: CallRow): row is EndedCall {
  return row.state !== 'held';
}

export function toEvent(team: TeamId, row: EndedCall): UsageEvent {
  const { service, ...ending } = row.ending;
  return {
    ...row.facts,
    ...ending,
    ...service,
    tried: service === undefined || service.tried.length === 0 ? null : service.tried,
    id: row.id,
    revision: row.revision,
    atMs: row.admittedAtMs,
    team,
    user: row.member,
    key: row.key,
    cost: row.settled.usd,
    overBudgets: row.overBudgets,
  };
}
