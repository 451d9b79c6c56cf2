// A person under another name: their calls, what is counted of them and what was told of it. Amounts stay what they are. Pure.

import type { UserId } from '../../schema/ids.ts';
import type { ForgetInput } from '../../schema/ledger.ts';
import type { ThresholdEvent } from '../../schema/threshold-event.ts';
import type { CallRow, Charge } from './call-row.ts';
import type { PageContent } from './page-codec.ts';

/** How counters of a person are called, as `chargeOf` does. */
const SCOPES = ['member', 'each_member'] as const;

export interface Renamed {
  readonly calls: (calls: readonly CallRow[]) => CallRow[];
  readonly page: (content: PageContent) => PageContent;
}

export function renamed({ user, pseudonym }: ForgetInput): Renamed {
  const scopes = new Map(countersOf({ user, pseudonym }).map(({ from, to }) => [from, to]));
  const named = (member: UserId): UserId => (member === user ? pseudonym : member);
  const counted = (text: string): string => scopes.get(text) ?? text;
  // Calls share their charges, on a page as in memory.
  const charges = new Map<Charge, Charge>();
  const charge = (each: Charge): Charge => {
    const known = charges.get(each) ?? (scopes.has(each.counted) ? { ...each, counted: counted(each.counted) } : each);
    charges.set(each, known);
    return known;
  };
  const calls = (rows: readonly CallRow[]): CallRow[] =>
    rows.map((row) => ({ ...row, member: named(row.member), charges: row.charges.map(charge) }));
  const threshold = (event: ThresholdEvent): ThresholdEvent => ({
    ...event,
    id: event.id.split('|').map(counted).join('|'),
    subject: event.subject === null ? null : named(event.subject),
  });
  return {
    calls,
    page: (content) => ({ calls: calls(content.calls), thresholds: content.thresholds.map(threshold) }),
  };
}

/** The names of a person's counters, before and after. */
export function countersOf({ user, pseudonym }: ForgetInput): { readonly from: string; readonly to: string }[] {
  return SCOPES.map((scope) => ({ from: `${scope}:${user}`, to: `${scope}:${pseudonym}` }));
}

/** Texts of which one is on every page that names the person. */
export function traces(user: UserId): readonly string[] {
  return [`"${user}"`, `:${user}"`, `:${user}|`];
}
