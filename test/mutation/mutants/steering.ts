// Faults in who may stay with a model, what needs a grant, and when a budget turns calls to another model.

import { inFile, type Mutant } from '../mutant.ts';

export const steeringMutants: readonly Mutant[] = [
  ...inFile('downshift', [
    {
      original: "refusal?.reason === 'exhausted' || ",
      mutated: '',
      breaks: 'a budget that is used up refuses, though another model could answer',
    },
    {
      original: " || refusal?.reason === 'too_expensive'",
      mutated: '',
      breaks: 'a call that no longer fits is refused, though another model could answer',
    },
    {
      original: 'usedPercent(position) >= fromPercent',
      mutated: 'usedPercent(position) > fromPercent',
      breaks: 'at the very share the dear model is still asked',
    },
    {
      original: 'allowed <= 0 ? ALL',
      mutated: 'allowed <= 0 ? 0',
      breaks: 'a budget of nothing counts as unused',
    },
  ]),
  ...inFile('roster', [
    {
      original: 'pin === true || pin.includes(member)',
      mutated: 'pin === true || pin.length > 0',
      breaks: 'where one member may pin, all may',
    },
    {
      original: 'model !== to && ',
      mutated: '',
      breaks: 'a model gives way to itself, and no call is answered',
    },
    {
      original: 'decideAccess(own, model)',
      mutated: 'refusalByPolicy(model)',
      breaks: "a member's own policy binds nobody",
    },
  ]),
  ...inFile('admission', [
    {
      original: "needs === 'pin' && !roster.mayPin(member)",
      mutated: "needs === 'pin' && false",
      breaks: 'everybody may pin',
    },
    {
      original: "if (needs !== 'grant') return null;",
      mutated: 'if (needs !== null) return null;',
      breaks: 'a blocked model is open to all',
    },
  ]),
];
