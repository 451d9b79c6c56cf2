// How busy the team, each member and each key are: calls open now, requests and tokens of the last minute. Follows from
// the calls themselves, so it is rebuilt with them; it decides nothing.

import type { Party } from '../../schema/team-config.ts';
import type { CallRow } from './call-row.ts';
import { partyName, partyNamesOf } from './party.ts';

/** A whole minute and the second that has begun: no sliding minute is ever counted short. */
const SECONDS_COUNTED = 61;
const MS_A_SECOND = 1_000;

interface Second {
  /** Seconds since 1970. */
  readonly second: number;
  requests: number;
  tokens: number;
}

interface PartyTraffic {
  open: number;
  requests: number;
  tokens: number;
  /** Oldest first, and only seconds in which a call was admitted. */
  readonly seconds: Second[];
}

export interface Busyness {
  readonly open: number;
  readonly requests: number;
  readonly tokens: number;
}

const IDLE: Busyness = { open: 0, requests: 0, tokens: 0 };

export class Traffic {
  readonly #parties = new Map<string, PartyTraffic>();

  /** A call changed: `before` is its former state, if it had one. A call counts in the second of its admission. */
  put(before: CallRow | undefined, row: CallRow): void {
    const opened = Number(row.state === 'held') - Number(before?.state === 'held');
    const requests = before === undefined ? 1 : 0;
    const tokens = tokensOf(row) - (before === undefined ? 0 : tokensOf(before));
    for (const party of partyNamesOf(row)) this.#add(party, row.admittedAtMs, { opened, requests, tokens });
  }

  busyness(party: Party, nowMs: number): Busyness {
    const traffic = this.#parties.get(partyName(party));
    if (traffic === undefined) return IDLE;
    forgetOld(traffic, nowMs);
    return traffic;
  }

  /** How long until at least `amount` of the last minute has passed out of it, at the latest a minute. */
  untilFreed(party: Party, kind: 'requests' | 'tokens', amount: number, nowMs: number): number {
    let freed = 0;
    for (const second of this.#parties.get(partyName(party))?.seconds ?? []) {
      freed += second[kind];
      if (freed >= amount) return Math.max(0, (second.second + SECONDS_COUNTED) * MS_A_SECOND - nowMs);
    }
    return SECONDS_COUNTED * MS_A_SECOND;
  }

  /** Drops parties that nothing is known of any more. */
  forgetIdle(nowMs: number): void {
    for (const [name, traffic] of this.#parties) {
      forgetOld(traffic, nowMs);
      if (traffic.open === 0 && traffic.seconds.length === 0) this.#parties.delete(name);
    }
  }

  #add(
    name: string,
    admittedAtMs: number,
    { opened, requests, tokens }: { readonly opened: number; readonly requests: number; readonly tokens: number },
  ): void {
    let traffic = this.#parties.get(name);
    if (traffic === undefined) {
      traffic = { open: 0, requests: 0, tokens: 0, seconds: [] };
      this.#parties.set(name, traffic);
    }
    traffic.open += opened;
    const second = secondOf(traffic, Math.floor(admittedAtMs / MS_A_SECOND), requests > 0);
    if (second === null) return;
    second.requests += requests;
    second.tokens += tokens;
    traffic.requests += requests;
    traffic.tokens += tokens;
  }
}

/** The entry of a second, made where a call is admitted in it; null when it has been forgotten. Time only goes forwards. */
function secondOf({ seconds }: PartyTraffic, wanted: number, isNew: boolean): Second | null {
  for (let index = seconds.length - 1; index >= 0; index -= 1) {
    const known = seconds[index];
    if (known?.second === wanted) return known;
    if (known !== undefined && known.second < wanted) break;
  }
  if (!isNew) return null;
  const made: Second = { second: wanted, requests: 0, tokens: 0 };
  const at = seconds.findLastIndex(({ second }) => second < wanted) + 1;
  seconds.splice(at, 0, made);
  return made;
}

function forgetOld(traffic: PartyTraffic, nowMs: number): void {
  const oldest = Math.floor(nowMs / MS_A_SECOND) - SECONDS_COUNTED + 1;
  for (let first = traffic.seconds[0]; first !== undefined && first.second < oldest; first = traffic.seconds[0]) {
    traffic.requests -= first.requests;
    traffic.tokens -= first.tokens;
    traffic.seconds.shift();
  }
}

function tokensOf(row: CallRow): number {
  return row.state === 'held' ? row.held.tokens : row.settled.tokens;
}
