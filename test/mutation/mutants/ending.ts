// Faults in who may call and how fast, and in how a call ends.

import { inFile, type Mutant } from '../mutant.ts';

export const endingMutants: readonly Mutant[] = [
  ...inFile('ending', [
    {
      original: "outcome: 'settled_late', overage",
      mutated: "outcome: 'settled', overage",
      breaks: 'a late settlement is not called so',
    },
    {
      original: 'const same = sameAmounts(row.settled, input.amounts);',
      mutated: 'const same = true;',
      breaks: 'a second settlement of another amount passes for the first',
    },
    {
      original: "{ outcome: 'released' }, put: end(row, released)",
      mutated: "{ outcome: 'released' }, put: null",
      breaks: 'a released hold stays',
    },
    {
      original: "{ outcome: 'release_conflict' }, put: null",
      mutated: "{ outcome: 'released' }, put: end(row, released)",
      breaks: 'a settlement can be taken back',
    },
    { original: 'row.expiresAtMs > nowMs', mutated: 'row.expiresAtMs >= nowMs', breaks: 'a hold outlives its time' },
    {
      original: "state: 'expired', settled: row.held",
      mutated: "state: 'expired', settled: NO_AMOUNTS",
      breaks: 'a call that nobody settles is free',
    },
    { original: 'estimated: true', mutated: 'estimated: false', breaks: 'a guess passes for the bill' },
    {
      original: 'revision: isFirst ? 0 : row.revision + 1',
      mutated: 'revision: 0',
      breaks: 'D1 keeps the guess and drops the correction',
    },
    {
      original: 'replaced: isFirst ? NO_AMOUNTS : row.settled',
      mutated: 'replaced: NO_AMOUNTS',
      breaks: 'a corrected call counts twice in the sums by day',
    },
    {
      original: 'Math.max(0, amounts.tokens - held.tokens)',
      mutated: 'amounts.tokens - held.tokens',
      breaks: 'an overage below zero',
    },
  ]),
  ...inFile('rates', [
    {
      original: 'ask.elastic ? ask.least.tokens : ask.most.tokens',
      mutated: 'ask.most.tokens',
      breaks: 'an elastic call is refused that could be shrunk',
    },
    { original: 'open < concurrency', mutated: 'open <= concurrency', breaks: 'one call too many at once' },
    { original: 'used + asked <= limit', mutated: 'used + asked < limit', breaks: 'one call too few a minute' },
    {
      original: 'asked > limit ? null',
      mutated: 'asked >= limit ? null',
      breaks: 'a call that will fit is told never',
    },
    {
      original: 'counted, used + asked - limit, nowMs',
      mutated: 'counted, asked, nowMs',
      breaks: 'a caller is told to wait for more than it needs',
    },
    {
      original: 'tokensPerMinute - traffic.busyness(party, nowMs).tokens',
      mutated: 'tokensPerMinute',
      breaks: 'an elastic call takes a whole minute however much of it is used',
    },
    {
      original: "kind === 'requestsPerMinute' ? 'requests' : 'tokens'",
      mutated: "'requests'",
      breaks: 'the time to wait for tokens follows from requests',
    },
  ]),
  ...inFile('identify', [
    {
      original: "if (record.revoked) return { outcome: 'refused', reason: 'revoked_key' };",
      mutated: '',
      breaks: 'a revoked key works',
    },
    {
      original: 'record.expiresAtMs <= nowMs',
      mutated: 'record.expiresAtMs < nowMs',
      breaks: 'a key outlives its time',
    },
    {
      original: '(source !== undefined && sources.some(',
      mutated: '(source === undefined || sources.some(',
      breaks: 'a call that does not say where it is from is from the right place',
    },
    {
      original: "if (!mayComeFrom(record, source)) return { outcome: 'refused', reason: 'source_not_allowed' };",
      mutated: '',
      breaks: 'a key may be used from anywhere',
    },
  ]),
];
