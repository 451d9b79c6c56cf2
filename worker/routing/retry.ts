// What follows a failed attempt: another target at once, the same one after a pause, or the end. Pure: time and chance
// are given.

/** Over all targets of a call, the first attempt included. */
export const MAX_ATTEMPTS = 4;
/** Before a target is asked again; doubled each time. */
const FIRST_PAUSE_MS = 500;
/** A provider that wants to be left alone for longer is not asked again by the same call. */
export const LONGEST_PAUSE_MS = 5_000;

/** Busy, slow or broken for the moment. Anything else would be said of the same request again. */
const RETRYABLE = new Set([408, 429, 500, 502, 503, 504, 529]);

export function isRetryable(status: number): boolean {
  return RETRYABLE.has(status);
}

/** How an attempt failed. */
export interface Setback {
  readonly atMs: number;
  /** How long the provider asked to be left alone; null where it said nothing of it. */
  readonly retryAfterMs: number | null;
  /** The same target is not worth another attempt: it said so, or it may be at work on this one and bill it. */
  readonly isFinal: boolean;
}

/** A candidate as it stands in one call. */
export interface Standing {
  readonly attempts: number;
  readonly lastSetback: Setback | null;
}

export const UNTRIED: Standing = { attempts: 0, lastSetback: null };

export function afterSetback({ attempts }: Standing, lastSetback: Setback): Standing {
  return { attempts: attempts + 1, lastSetback };
}

export interface Circumstances {
  readonly nowMs: number;
  /** The call's own end. */
  readonly deadlineAtMs: number;
  /** From 0 to 1: chance, so that calls which failed together do not come back together. */
  readonly chance: number;
  /** Whether what is left of the hold covers the candidate at this place. */
  readonly isCovered: (place: number) => boolean;
}

export interface NextAttempt {
  /** In the order of trying. */
  readonly place: number;
  readonly pauseMs: number;
}

/** The candidate with the fewest attempts, in the order of trying; null when there is none left or no time. */
export function nextAttempt(standings: readonly Standing[], circumstances: Circumstances): NextAttempt | null {
  const made = standings.reduce((sum, { attempts }) => sum + attempts, 0);
  if (made >= MAX_ATTEMPTS) return null;
  let next: NextAttempt | null = null;
  let fewest = Number.POSITIVE_INFINITY;
  for (const [place, standing] of standings.entries()) {
    if (standing.attempts >= fewest || standing.lastSetback?.isFinal === true) continue;
    const pauseMs = pauseBefore(standing, circumstances);
    if (pauseMs > LONGEST_PAUSE_MS || circumstances.nowMs + pauseMs >= circumstances.deadlineAtMs) continue;
    if (!circumstances.isCovered(place)) continue;
    next = { place, pauseMs };
    fewest = standing.attempts;
  }
  return next;
}

/** None before a target is asked for the first time: another one's trouble is not its own. */
function pauseBefore({ attempts, lastSetback }: Standing, { nowMs, chance }: Circumstances): number {
  if (lastSetback === null) return 0;
  const backoffMs = FIRST_PAUSE_MS * 2 ** (attempts - 1) * (0.5 + chance / 2);
  const askedMs = lastSetback.atMs + (lastSetback.retryAfterMs ?? 0) - nowMs;
  return Math.round(Math.max(backoffMs, askedMs));
}

/** What a provider's headers ask for; null where they ask for nothing that can be read. */
export function retryAfterOf(headers: Headers, nowMs: number): number | null {
  const inMs = headers.get('retry-after-ms');
  if (inMs !== null && /^\d{1,12}(?:\.\d+)?$/.test(inMs)) return Number(inMs);
  const value = headers.get('retry-after');
  if (value === null) return null;
  if (/^\d{1,9}(?:\.\d+)?$/.test(value)) return Number(value) * 1_000;
  const atMs = Date.parse(value);
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs);
}
