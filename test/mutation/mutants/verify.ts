// Faults in the ledger's proof of itself.

import { inFile, type Mutant } from '../mutant.ts';

export const verifyMutants: readonly Mutant[] = [
  ...inFile('verify', [
    {
      original: '...wrong, ...lost, ...gained',
      mutated: '...wrong, ...gained',
      breaks: 'a hold lost by the disk is not seen',
    },
    { original: '...wrong, ...lost, ...gained', mutated: '...wrong, ...lost', breaks: 'a hold too many is not seen' },
    { original: '...wrong, ...lost, ...gained', mutated: '...lost, ...gained', breaks: 'totals are not compared' },
    { original: 'held[unit] < 0 || ', mutated: '', breaks: 'a held total below zero is not seen' },
    { original: ' || settled[unit] < 0', mutated: '', breaks: 'a settled total below zero is not seen' },
    { original: 'expiresAtMs + LATE_ALARM_MS < nowMs', mutated: 'false', breaks: 'forgotten holds are not seen' },
    { original: 'events !== found.events || ', mutated: '', breaks: 'an event too many of no cost is not seen' },
    { original: ' || !sameAmounts(amounts, found.amounts)', mutated: '', breaks: 'a wrong cost is not seen' },
    {
      original: 'pages.length > MAX_PAGES_READ',
      mutated: 'false',
      breaks: 'the proof of a long outbox takes too long',
    },
    { original: 'alarmAtMs + LATE_ALARM_MS >= nowMs', mutated: 'true', breaks: 'an alarm that never rang is not seen' },
    { original: ' || journal.hasUndelivered', mutated: '', breaks: 'events without an alarm are not seen' },
    {
      original:
        'const wrong = [...book.counters].filter(([key, { held }]) => !sameAmounts(held, sums.get(key) ?? NO_AMOUNTS));',
      mutated: 'const wrong = [...book.counters].filter(([key]) => !sums.has(key) && false);',
      breaks: 'a held total that no holds make up is not seen',
    },
  ]),
];
