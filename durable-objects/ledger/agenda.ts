// When the ledger must work again: for a hold that expires, or for events that wait for D1. Pure.

/** Ended calls wait this long for company before they are delivered to D1. */
const DELIVERY_DELAY_MS = 1_000;
/** The alarm behind work that is timed in memory: it only matters when that memory is lost. Each setting is a row written. */
const BACKSTOP_MS = 2 * 60_000;

const MAX_RETRY_DELAY_MS = 60_000;
const MAX_DOUBLINGS = 6;

export interface Outlook {
  /** When the first open hold expires; null without any. */
  readonly nextExpiryMs: number | null;
  readonly hasUndelivered: boolean;
  /** Deliveries that failed in a row. */
  readonly failures: number;
  /** Whether the checkpoint is behind the journal. */
  readonly isBehind: boolean;
}

export interface Agenda {
  /** When to work while memory lives; null for nothing to do. */
  readonly timerMs: number | null;
  /** When the alarm must ring at the latest; null for nothing to do. */
  readonly alarmMs: number | null;
}

export function agendaOf({ nextExpiryMs, hasUndelivered, failures, isBehind }: Outlook, nowMs: number): Agenda {
  const expiryMs = nextExpiryMs === null ? null : Math.max(nowMs, nextExpiryMs);
  const { timerMs, alarmMs } = hasUndelivered ? deliveryAgenda(failures, nowMs) : NOTHING_TO_DELIVER;
  return { timerMs, alarmMs: earlier(expiryMs, alarmMs ?? (isBehind ? nowMs + BACKSTOP_MS : null)) };
}

const NOTHING_TO_DELIVER: Agenda = { timerMs: null, alarmMs: null };

/** A timer of a second keeps the object in memory that long; waiting for a D1 that is away is the alarm's business. */
export function deliveryAgenda(failures: number, nowMs: number): Agenda {
  if (failures > 0) return { timerMs: null, alarmMs: nowMs + deliveryDelayMs(failures) };
  return { timerMs: nowMs + DELIVERY_DELAY_MS, alarmMs: nowMs + BACKSTOP_MS };
}

/** Doubles with each failure, up to a minute: D1 may be away for an hour, and the events wait here meanwhile. */
function deliveryDelayMs(failures: number): number {
  return Math.min(MAX_RETRY_DELAY_MS, DELIVERY_DELAY_MS * 2 ** Math.min(failures, MAX_DOUBLINGS));
}

function earlier(left: number | null, right: number | null): number | null {
  if (left === null || right === null) return left ?? right;
  return Math.min(left, right);
}
