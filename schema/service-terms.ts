// The terms of service that a call may ask for and its answer may name, and that change what a token costs: how soon, how
// fast and where the work is done.

export const termMembers = ['service_tier', 'speed', 'inference_geo'] as const;
export type TermMember = (typeof termMembers)[number];

/** By the member of the protocol that says it, in the protocol's own words. A member left out was not mentioned. */
export type ServiceTerms = Readonly<Partial<Record<TermMember, string>>>;

/** Terms at the list price. `auto` lets the account's own setting decide, and the answer then says how it did. */
const LISTED: Readonly<Record<TermMember, readonly string[]>> = {
  service_tier: ['auto', 'default', 'standard', 'standard_only', 'on_demand'],
  speed: ['standard'],
  inference_geo: ['global', 'not_available'],
};

/** Terms that no provider bills above its list price, so that a call may ask for them whatever they save. */
const NEVER_DEARER: ReadonlySet<string> = new Set(['service_tier=flex']);

/** Such as "service_tier=priority". */
export function termName(member: TermMember, value: string): string {
  return `${member}=${value}`;
}

export function isListed(member: TermMember, value: string): boolean {
  return LISTED[member].includes(value);
}

export function isNeverDearer(member: TermMember, value: string): boolean {
  return NEVER_DEARER.has(termName(member, value));
}
