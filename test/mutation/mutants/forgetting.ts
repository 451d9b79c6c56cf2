// Faults in how a ledger forgets a person.

import { inFile, type Mutant } from '../mutant.ts';

export const forgettingMutants: readonly Mutant[] = [
  ...inFile('forgetting', [
    {
      original: 'member === user ? pseudonym : member',
      mutated: 'member',
      breaks: 'events come out under the old id',
    },
    {
      original: 'scopes.get(text) ?? text',
      mutated: 'text',
      breaks: 'what is counted of a person is lost, or stays in their name',
    },
    {
      original: "const SCOPES = ['member', 'each_member'] as const;",
      mutated: "const SCOPES = ['member'] as const;",
      breaks: 'shares of a budget of each member keep the name',
    },
    {
      original: 'event.subject === null ? null : named(event.subject)',
      mutated: 'event.subject',
      breaks: 'a threshold that waits for D1 keeps the name',
    },
    {
      original: 'charges: row.charges.map(charge)',
      mutated: 'charges: row.charges',
      breaks: 'an open call is settled under the old name',
    },
  ]),
  ...inFile('store', [
    {
      original: 'for (const { from, to } of countersOf(person)) this.#renameCounters(from, to);',
      mutated: '',
      breaks: 'the checkpoint keeps the name',
    },
    {
      original: 'settled_usd = settled_usd + excluded.settled_usd,',
      mutated: 'settled_usd = excluded.settled_usd,',
      breaks: 'what was spent under one of two names is lost',
    },
    {
      original: "this.#database.all('DELETE FROM counter WHERE counted = ?', from);",
      mutated: '',
      breaks: 'the old counter stays beside the new one',
    },
    {
      original: 'this.#recent.clear();\n    return true;',
      mutated: 'return true;',
      breaks: 'pages at hand are delivered under the old id',
    },
    {
      original: 'pages.pages > MAX_PAGES_LOOKED_THROUGH',
      mutated: 'false',
      breaks: 'calls wait while a huge outbox is looked through',
    },
  ]),
  ...inFile('ledger', [
    {
      original: 'await this.#upkeep.catchUp();\n',
      mutated: '',
      breaks: 'what D1 has already is told once more, under another name',
    },
  ]),
];
