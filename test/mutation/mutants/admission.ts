// Faults in the decision on a call.

import { inFile, type Mutant } from '../mutant.ts';

export const admissionMutants: readonly Mutant[] = [
  ...inFile('admission', [
    {
      original: 'if (known !== undefined) return',
      mutated: "if (known !== undefined && known.state !== 'held') return",
      breaks: 'a repeated admission holds anew',
    },
    {
      original: 'key?.id === row.key && ',
      mutated: '',
      breaks: 'another key may repeat a call',
    },
    {
      original: ' && row.facts.model === input.facts.model',
      mutated: '',
      breaks: 'a call may be repeated for another model',
    },
    {
      original: 'sameAmounts(row.asked, input.ask.most)',
      mutated: 'true',
      breaks: 'a call may be repeated with other amounts',
    },
    {
      original: 'asked: ask.most,',
      mutated: 'asked: held,',
      breaks: 'a repeated elastic call is a conflict',
    },
    {
      original: "if (party !== null) return answer({ outcome: 'refused', reason: 'suspended', party });",
      mutated: '',
      breaks: 'suspensions suspend nobody',
    },
    {
      original: 'if (!isKeyFor(key.record.models, facts.model)) {',
      mutated: 'if (false) {',
      breaks: 'a key is for every model',
    },
    {
      original: "if (access !== null) return answer({ outcome: 'refused', reason: access });",
      mutated: '',
      breaks: 'denied models may be used',
    },
    {
      original: "if (refusal !== null && refusal.reason !== 'contended') return answer(refusal);",
      mutated: 'if (refusal !== null) return answer(refusal);',
      breaks: 'nobody ever waits',
    },
    {
      original: "refusal !== null && refusal.reason !== 'contended'",
      mutated: 'false',
      breaks: 'a used-up budget speaks after a rate, or lets a call wait',
    },
    {
      original: 'limits.length === 0 ? null : refuseByRate(book.traffic, limits, ask, nowMs)',
      mutated: 'null',
      breaks: 'rates limit nothing',
    },
    {
      original: 'ask.elastic ? grantable(',
      mutated: 'ask.elastic || true ? grantable(',
      breaks: 'a call that asks for a fixed amount is given less, or more than is held',
      equivalent: 'an ask that is not elastic is admitted only where all of it is free, and then its share is one',
    },
    {
      original: 'expiresAtMs: nowMs + input.lifetimeMs',
      mutated: 'expiresAtMs: nowMs + 60_000',
      breaks: 'a hold does not live as long as it was asked for',
    },
    {
      original: 'held[position.budget.unit] > freeOf(position)',
      mutated: 'held[position.budget.unit] >= freeOf(position)',
      breaks: 'a call that just fits is marked as over a soft budget',
    },
    {
      original: "if (position.budget.enforcement !== 'hard') continue;",
      mutated: '',
      breaks: 'a soft budget blocks',
    },
    {
      original: 'const needed = ask.elastic ? ask.least[unit] : ask.most[unit];',
      mutated: 'const needed = ask.least[unit];',
      breaks: 'a call is admitted that may cost more than is free',
    },
    {
      original: 'needed <= freeOf(position)',
      mutated: 'needed < freeOf(position)',
      breaks: 'the last micro-dollar cannot be spent',
    },
    {
      original: 'needed <= freeOf(position)',
      mutated: 'needed <= freeOf(position) + 1',
      breaks: 'a budget is overdrawn by one micro-dollar',
    },
    {
      original: ' && !isClaimed',
      mutated: '',
      breaks: 'nobody has the right of way',
    },
    {
      original: "if (reason === 'contended') blockedOn.push(",
      mutated: "if (reason === 'contended' && blockedOn.length === 0) blockedOn.push(",
      breaks: 'the right of way is on one of two budgets only',
    },
    {
      original: 'SEVERITY[reason] <= SEVERITY[refusal.reason]',
      mutated: 'SEVERITY[reason] < SEVERITY[refusal.reason]',
      breaks: 'of two equal refusals the later budget is named',
    },
    {
      original: '{ exhausted: 2, too_expensive: 1, contended: 0 }',
      mutated: '{ exhausted: 0, too_expensive: 1, contended: 2 }',
      breaks: 'a caller is told to wait for what waiting cannot cure',
    },
    {
      original: "retryAfterMs: reason === 'contended' ? CONTENDED_RETRY_MS : null",
      mutated: 'retryAfterMs: CONTENDED_RETRY_MS',
      breaks: 'a caller of a used-up budget is told to come again',
    },
    {
      original: "if (needed <= room) return 'contended';",
      mutated: "if (needed < room) return 'contended';",
      breaks: 'a call that only holds keep out is told that the budget is used up',
    },
    {
      original: "if (room <= 0) return 'exhausted';",
      mutated: "if (room < 0) return 'exhausted';",
      breaks: 'a budget of zero finds calls too expensive',
    },
    {
      original: "if (least > allowedBy(position)) return 'too_expensive';",
      mutated: '',
      breaks: 'a call that would never fit is told to wait for the next window',
    },
    {
      original: "least > room ? 'exhausted' : 'too_expensive'",
      mutated: "least >= room ? 'exhausted' : 'too_expensive'",
      breaks: 'a call whose shortest answer just fits is told that the budget is used up',
    },
    {
      original: "if (enforcement === 'hard') ceilings",
      mutated: 'if (true) ceilings',
      breaks: 'an elastic call is shrunk for a soft budget',
    },
    {
      original: 'tokens: tokensLeft, requests',
      mutated: 'tokens: Number.POSITIVE_INFINITY, requests',
      breaks: 'an elastic call takes more tokens than its minute has left',
    },
    {
      original: '(ceilings[unit] - ask.least[unit]) / span',
      mutated: 'ceilings[unit] / span',
      breaks: 'an elastic call is granted more than is free',
    },
    {
      original: 'Math.min(shared, ceilings[unit])',
      mutated: 'shared',
      breaks: 'rounding grants more than is free',
      equivalent: 'amounts are below two to the fiftieth, where the error of a share is below half a unit',
    },
  ]),
];
