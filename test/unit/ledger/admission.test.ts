// Properties of the admission that single scripts cannot show.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decideAdmission } from '../../../durable-objects/ledger/admission.ts';
import { Book, NOTHING } from '../../../durable-objects/ledger/book.ts';
import { positionsOf } from '../../../durable-objects/ledger/position.ts';
import { buildRoster } from '../../../durable-objects/ledger/roster.ts';
import { budgetIdSchema, keyIdSchema, teamIdSchema, userIdSchema } from '../../../schema/ids.ts';
import type { AdmitInput } from '../../../schema/ledger.ts';
import { MAX_MICROS, micros } from '../../../schema/micros.ts';
import { endedRow, openRow } from '../../helpers/rows.ts';
import type { Unit } from '../../../schema/amounts.ts';

const amount = fc.oneof(fc.integer({ min: 0, max: 1_000 }), fc.integer({ min: 0, max: MAX_MICROS }));

function rosterWith(limits: readonly (readonly [Unit, number])[]) {
  return buildRoster(1, {
    team: teamIdSchema.parse('team'),
    timezone: 'UTC',
    access: { allow: ['*'], deny: [], approval: [] },
    budgets: limits.map(([unit, limit], index) => ({
      id: budgetIdSchema.parse(`budget-${index}`),
      scope: { kind: 'team' },
      unit,
      limit,
      period: 'total',
      enforcement: 'hard',
    })),
    keys: [
      {
        id: keyIdSchema.parse('00000001'),
        digest: 'digest',
        user: userIdSchema.parse('ada'),
        revoked: false,
        expiresAtMs: null,
      },
    ],
  });
}

function askFor(number: number, { usd, tokens }: { readonly usd: number; readonly tokens: number }): AdmitInput {
  const most = { usd: micros(usd), tokens, requests: 1 };
  const { id, facts } = openRow(number);
  return { callId: id, keyDigest: 'digest', ask: { most, least: most, elastic: false }, lifetimeMs: 1_000, facts };
}

test('a budget whose scope changes counts anew, and goes on where it was when the scope changes back', () => {
  const book = new Book(NOTHING);
  const caller = { member: userIdSchema.parse('ada'), key: keyIdSchema.parse('00000001'), model: 'm' };
  const scopes = [
    { kind: 'team' },
    { kind: 'key', id: caller.key },
    { kind: 'model', id: 'm' },
    { kind: 'model', id: '*' },
    { kind: 'member', id: caller.member },
    { kind: 'team' },
  ] as const;
  const settled = scopes.map((scope, index) => {
    const roster = rosterWith([['usd', 1_000]]);
    const budgets = roster.config.budgets.map((budget) => ({ ...budget, scope }));
    const [position] = positionsOf(book, buildRoster(1, { ...roster.config, budgets }), caller, 0);
    if (position === undefined) throw new Error('no budget applies');
    const before = position.weight.settled.usd;
    book.put(endedRow(index, { charges: [position.charge] }));
    return before;
  });
  expect(settled).toEqual([0, 0, 0, 0, 0, 60]);
});

function tightestOf(limits: readonly (readonly [Unit, number])[], usd: number, tokens: number) {
  const { reply } = decideAdmission(new Book(NOTHING), rosterWith(limits), askFor(0, { usd, tokens }), 0);
  return reply.outcome === 'admitted' ? [reply.tightest?.id, reply.tightest?.remaining] : reply;
}

test('the tightest budget is the one with the smallest share left after the hold, the first of equals', () => {
  const [dollars, tokens] = [['usd', 1_000] as const, ['tokens', 100] as const];
  expect(tightestOf([dollars, tokens], 500, 51)).toEqual(['budget-1', 49]);
  expect(tightestOf([dollars, tokens], 520, 51)).toEqual(['budget-0', 480]);
  expect(tightestOf([dollars, tokens], 500, 50)).toEqual(['budget-0', 500]);
  expect(tightestOf([dollars, ['tokens', 0]], 500, 0)).toEqual(['budget-1', 0]);
  expect(tightestOf([['tokens', 0], dollars], 500, 0)).toEqual(['budget-0', 0]);
  expect(tightestOf([], 500, 50)).toEqual([undefined, undefined]);
});

test('what is granted to elastic calls lies between least and most, and never exceeds a limit by one unit', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom('usd' as const, 'tokens' as const), amount), { minLength: 1, maxLength: 3 }),
      fc.array(fc.tuple(amount, amount, amount, amount), { maxLength: 4 }),
      (limits, asks) => {
        const roster = rosterWith(limits);
        const book = new Book(NOTHING);
        for (const [index, [a, b, c, d]] of asks.entries()) {
          const least = { usd: micros(Math.min(a, b)), tokens: Math.min(c, d), requests: 1 };
          const most = { usd: micros(Math.max(a, b)), tokens: Math.max(c, d), requests: 1 };
          const { reply, put } = decideAdmission(
            book,
            roster,
            { ...askFor(index, { usd: 0, tokens: 0 }), ask: { least, most, elastic: true } },
            0,
          );
          if (put !== null) book.put(put);
          if (reply.outcome !== 'admitted') continue;
          expect(reply.held.usd).toBeGreaterThanOrEqual(least.usd);
          expect(reply.held.usd).toBeLessThanOrEqual(most.usd);
          expect(reply.held.tokens).toBeGreaterThanOrEqual(least.tokens);
          expect(reply.held.tokens).toBeLessThanOrEqual(most.tokens);
          for (const [position, [unit, limit]] of limits.entries()) {
            const budget = budgetIdSchema.parse(`budget-${position}`);
            expect(book.totalOf({ budget, counted: 'team', windowStartMs: 0 }).held[unit]).toBeLessThanOrEqual(limit);
          }
        }
      },
    ),
    { numRuns: 3_000 },
  );
});
