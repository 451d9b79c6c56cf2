// Faults in what grants add, to whom and for how long, and in what the holder of a key is told.

import { inFile, type Mutant } from '../mutant.ts';

export const grantMutants: readonly Mutant[] = [
  ...inFile('roster', [
    {
      original: 'isForThis && isInForce(grant, nowMs)',
      mutated: 'isForThis',
      breaks: 'a grant begins at once and never ends',
    },
    {
      original: 'grant.subject === subject && ',
      mutated: '',
      breaks: 'a share of one member is granted to all',
    },
    {
      original: ' && grant.unit === budget.unit',
      mutated: '',
      breaks: 'dollars are granted to a budget that counts tokens by now',
    },
    {
      original: 'Math.min(MAX_MICROS, sum + grant.amount)',
      mutated: 'grant.amount',
      breaks: 'of several grants only the last counts',
    },
    {
      original: '(isInForce(grant, nowMs) ? grant.models : [])',
      mutated: 'grant.models',
      breaks: 'a model stays open after its grant has ended',
    },
    {
      original: 'modelGrants.get(member)',
      mutated: 'modelGrants.values().next().value',
      breaks: 'models are opened to everybody',
    },
    {
      original: 'decideAccess(own ?? config.access, model, modelsGrantedTo(member, nowMs))',
      mutated: 'refusal',
      breaks: 'a grant opens no model',
    },
    {
      original: '.filter((grant) => isInForce(grant, nowMs))',
      mutated: '',
      breaks: 'a rate stays raised after its grant has ended',
    },
    {
      original: '(grant.rate === rate ? grant.amount : [])',
      mutated: 'grant.amount',
      breaks: 'a grant of one rate raises all of them',
    },
    {
      original: 'if (limit === null) return null;',
      mutated: 'if (limit === null) return grants[0]?.amount ?? null;',
      breaks: 'a grant limits a rate that was free',
    },
    {
      original: 'rateGrants.get(partyName(party))',
      mutated: 'rateGrants.values().next().value',
      breaks: 'a rate is raised for everybody',
    },
  ]),
  ...inFile('standing', [
    {
      original: "if (party !== null) return { outcome: 'refused', reason: 'suspended', party };",
      mutated: '',
      breaks: 'a suspended caller may count tokens and list models',
    },
  ]),
  ...inFile('position', [
    {
      original: 'limit + carried + granted - settled - held',
      mutated: 'limit + carried - settled - held',
      breaks: 'what is granted is not told as remaining',
    },
    {
      original: "return scope.kind !== 'key' || scope.id === key;",
      mutated: 'return true;',
      breaks: "somebody sees the budget of another's key",
    },
  ]),
];
