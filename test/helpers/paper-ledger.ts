// The ledger's pure rules with a clock set by hand and no storage: what a script is played on in Node.

import type { ConfigureInput } from '../../schema/ledger.ts';
import { decideAdmission, type Decision } from '../../durable-objects/ledger/admission.ts';
import { Book } from '../../durable-objects/ledger/book.ts';
import { decideExpiry, decideRelease, decideSettlement } from '../../durable-objects/ledger/ending.ts';
import { allPositions, stateAfter } from '../../durable-objects/ledger/position.ts';
import { buildRoster, type Roster } from '../../durable-objects/ledger/roster.ts';
import type { ScriptedLedger } from './ledger-script.ts';

export function paperLedger(startMs: number): ScriptedLedger & { readonly book: Book } {
  const book = new Book([], 0);
  let roster: Roster | null = null;
  let nowMs = startMs;

  const apply = <Reply>({ reply, put }: Decision<Reply>): Reply => {
    if (put !== null) book.put(put);
    return reply;
  };

  return {
    book,
    configure: ({ version, config }: ConfigureInput) => {
      roster = buildRoster(version, config);
      return Promise.resolve({ outcome: 'configured', version });
    },
    admit: (input) =>
      Promise.resolve(
        roster === null
          ? { outcome: 'refused', reason: 'unknown_key' }
          : apply(decideAdmission(book, roster, input, nowMs)),
      ),
    settle: (input) => Promise.resolve(apply(decideSettlement(book, input, nowMs))),
    release: (input) => Promise.resolve(apply(decideRelease(book, input, nowMs))),
    ledger: () =>
      Promise.resolve({
        asOfMs: nowMs,
        version: roster?.version ?? 0,
        holds: book.open.size,
        outbox: book.outbox.size,
        budgets: roster === null ? [] : allPositions(book, roster, nowMs).map((position) => stateAfter(position, 0)),
      }),
    advance: (durationMs) => {
      nowMs += durationMs;
      for (const row of book.open.values()) {
        const expired = decideExpiry(book, row, nowMs);
        if (expired !== null) book.put(expired);
      }
      return Promise.resolve();
    },
    evict: () => Promise.resolve(),
  };
}
