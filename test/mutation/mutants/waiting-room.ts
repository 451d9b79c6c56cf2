// Faults in waiting, and in whose turn it is.

import { inFile, type Mutant } from '../mutant.ts';

export const waitingRoomMutants: readonly Mutant[] = [
  ...inFile('waiting-room', [
    { original: 'patienceMs <= 0 || ', mutated: '', breaks: 'a call without patience waits' },
    { original: 'this.#waiters.size >= MAX_WAITING_CALLS', mutated: 'false', breaks: 'the room has no walls' },
    { original: 'nowMs + patienceMs / 2', mutated: 'nowMs + patienceMs', breaks: 'a large call starves' },
    { original: 'nowMs + patienceMs / 2', mutated: 'nowMs', breaks: 'a large call stops small ones at once' },
    { original: 'nowMs < rightOfWayAtMs', mutated: 'nowMs <= rightOfWayAtMs', breaks: 'the right of way comes late' },
    {
      original: '        claim(claims, waiter, nowMs);\n      }\n    }\n    return verdicts;',
      mutated: '      }\n    }\n    return verdicts;',
      breaks: 'those behind overtake a call that has the right of way',
    },
    {
      original: '      claim(claims, waiter, nowMs);\n    }\n    return null;',
      mutated: '    }\n    return null;',
      breaks: 'at the end of its patience a call overtakes one that has the right of way',
    },
    {
      original: '        waiter.blockedOn = decision.blockedOn;\n',
      mutated: '',
      breaks: 'the right of way is on what a call waited for once',
    },
    {
      original: '    this.#waiters.delete(call);\n    waiter.forgetTimer();',
      mutated: '    waiter.forgetTimer();',
      breaks: 'a withdrawn call is let in',
    },
    {
      original: '    this.#waiters.delete(waiter.input.callId);\n',
      mutated: '',
      breaks: 'a call that was let in waits on',
    },
    {
      original: '    waiter.answer.resolve(waiter.refusal);\n',
      mutated: '',
      breaks: 'a withdrawn call is never answered',
    },
    {
      original: 'isRepeated(waiter.input, input) ?',
      mutated: 'waiter !== undefined ?',
      breaks: 'another call of the same id gets the answer of a waiting one',
    },
    {
      original: 'if (decision.blockedOn.length === 0) verdicts',
      mutated: 'if (decision.put !== null) verdicts',
      breaks: 'a call waits on for a budget that is used up',
    },
  ]),
];
