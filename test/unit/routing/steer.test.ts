// Who is served by which model, and what they are told: stage by stage, with aliases, pins, needs and budgets.

import { describe, expect, test } from 'vitest';
import type { PhaseOut, Stage } from '../../../schema/steering.ts';
import { lacksFor, type Needs, needsOf, type Offer } from '../../../worker/routing/needs.ts';
import {
  asAsked,
  because,
  phaseOutOf,
  shifted,
  stageAt,
  steer,
  type Steerable,
} from '../../../worker/routing/steer.ts';

const CONVERSATIONS = 20_000;
const CLAUDE = 'claude-sonnet-4-5';
const OURS = 'inhouse-coder';

const plain: Needs = {
  abilities: { tools: false, images: false, documents: false, structuredOutput: false },
  inputTokens: 1_000,
  outputCap: null,
};
const offer: Offer = {
  capabilities: { tools: true, images: false, documents: false, structuredOutput: true },
  contextWindow: 131_072,
  maxOutputTokens: 32_000,
};

interface Planned {
  readonly action: Stage['action'];
  readonly fromMs?: number;
  readonly message?: string | null;
  readonly percent?: number;
}

function stage({ action, fromMs = 0, message = null, percent = 100 }: Planned): Stage {
  return action === 'move' ? { action, percent, fromMs, message } : { action, fromMs, message };
}

function phaseOut(...stages: readonly Planned[]): PhaseOut {
  const name = 'outside';
  return { name, models: ['claude-*'], aliases: ['claude'], to: OURS, stages: stages.map((each) => stage(each)) };
}

function ways(under: PhaseOut | null, change: Partial<Steerable> = {}) {
  const call = {
    asked: CLAUDE,
    phaseOut: under,
    wantsPin: false,
    conversation: 'one',
    needs: plain,
    target: offer,
    nowMs: 1_000,
  };
  return steer({ ...call, ...change });
}

/** In short: "model kind reason", and what the ledger must find. */
const short = (...args: Parameters<typeof ways>) =>
  ways(...args).map(({ model, told, needs }) =>
    [model, told?.kind, told?.reason, needs].filter((part) => part !== null && part !== undefined).join(' '),
  );

describe('a phase-out', () => {
  test('is that of the first pattern or alias that fits, and of no model that takes over itself', () => {
    const all = { ...phaseOut({ action: 'nudge' }), name: 'all', models: ['*'] };
    const known = [phaseOut({ action: 'block' }), all];
    expect(['claude-x', 'claude', 'gpt-5', OURS].map((model) => phaseOutOf(known, model)?.name)).toEqual([
      'outside',
      'outside',
      'all',
      undefined,
    ]);
  });

  test('is in the last stage that has begun, and in none before the first', () => {
    const plan = phaseOut({ action: 'nudge', fromMs: 100 }, { action: 'block', fromMs: 200 });
    expect([99, 100, 199, 200, 9_999].map((nowMs) => stageAt(plan, nowMs)?.action)).toEqual([
      undefined,
      'nudge',
      'nudge',
      'block',
      'block',
    ]);
    expect(ways(plan, { nowMs: 99 })).toEqual(asAsked(CLAUDE));
  });

  test.each([
    ['nudge', [`${CLAUDE} nudge phase-out:outside`]],
    ['default', [`${CLAUDE} nudge phase-out:outside`]],
    ['move', [`${OURS} moved phase-out:outside`, `${CLAUDE} not-moved refused`]],
    ['block', [`${CLAUDE} nudge phase-out:outside grant`]],
  ] as const)('at the stage %s serves a full name so', (action, expected) => {
    expect(short(phaseOut({ action }))).toEqual(expected);
  });

  test.each([
    ['nudge', ['claude nudge phase-out:outside']],
    ['default', [`${OURS} default phase-out:outside`, 'claude not-moved refused']],
    ['move', [`${OURS} default phase-out:outside`, 'claude not-moved refused']],
    ['block', [`${OURS} default phase-out:outside`, 'claude not-moved refused grant']],
  ] as const)('at the stage %s serves an alias so', (action, expected) => {
    expect(short(phaseOut({ action }), { asked: 'claude' })).toEqual(expected);
  });

  test("says the stage's own line where it has one", () => {
    expect(ways(phaseOut({ action: 'nudge', message: 'See the wiki.' }))[0].told?.notice).toBe('See the wiki.');
    expect(ways(phaseOut({ action: 'nudge' }))[0].told?.notice).toBe(`${CLAUDE} is being phased out; use ${OURS}.`);
  });
});

/** Those of many conversations that are moved. */
function moved(percent: number): readonly string[] {
  const names: string[] = [];
  for (let nth = 0; nth < CONVERSATIONS; nth += 1) {
    const conversation = `team\nkey\nsession-${nth}`;
    const [first] = ways(phaseOut({ action: 'move', percent }), { conversation });
    if (first.model === OURS) names.push(conversation);
  }
  return names;
}

describe('a move by percentage', () => {
  test.each([0, 1, 25, 50, 100])('moves %i in a hundred conversations', (percent) => {
    expect(moved(percent).length / CONVERSATIONS).toBeCloseTo(percent / 100, 1.7);
  });

  test('keeps those that are moved when the percentage rises, and asks the same of a conversation each time', () => {
    const later = new Set(moved(50));
    expect(moved(25).every((conversation) => later.has(conversation))).toBe(true);
    expect(moved(25)).toEqual(moved(25));
  });
});

describe('a need that the other model does not meet', () => {
  const asking = (change: Partial<Needs['abilities']>): Needs => ({
    ...plain,
    abilities: { ...plain.abilities, ...change },
  });

  test.each([
    ['images', asking({ images: true })],
    ['documents', asking({ documents: true })],
    ['images,documents', asking({ images: true, documents: true, tools: true })],
    ['contextWindow', { ...plain, inputTokens: 131_073 }],
    ['contextWindow', { ...plain, inputTokens: 120_000, outputCap: 12_000 }],
    ['maxOutputTokens', { ...plain, outputCap: 32_001 }],
  ])('keeps the call where it is: %s', (reason, needs) => {
    expect(short(phaseOut({ action: 'move' }), { needs })).toEqual([`${CLAUDE} not-moved lacks:${reason}`]);
    expect(short(phaseOut({ action: 'default' }), { needs, asked: 'claude' })).toEqual([
      `claude not-moved lacks:${reason}`,
    ]);
  });

  test('does not open what is blocked', () => {
    expect(short(phaseOut({ action: 'block' }), { needs: asking({ images: true }) })).toEqual([
      `${CLAUDE} nudge phase-out:outside grant`,
    ]);
  });

  test('is none where the call just fits, or nobody has said a limit', () => {
    expect(lacksFor({ ...plain, inputTokens: 99_072, outputCap: 32_000 }, offer)).toEqual([]);
    const unsaid = { ...offer, contextWindow: null, maxOutputTokens: null };
    expect(lacksFor({ ...plain, inputTokens: 9_999_999, outputCap: 9_999_999 }, unsaid)).toEqual([]);
  });

  test('is told apart by what the dialect saw of the call', () => {
    const shape = { cacheWrite: 'none', webSearches: 0, outputCap: 7, choices: 1, extraOutputTokens: 0 } as const;
    const input = { textBytes: 3_000, images: 0, tools: false, unbounded: false };
    const seen = (change: object) => needsOf({ ...shape, input: { ...input, ...change } }, false).abilities;
    expect(needsOf({ ...shape, input }, true)).toEqual({
      abilities: { tools: false, images: false, documents: false, structuredOutput: true },
      inputTokens: 1_000,
      outputCap: 7,
    });
    expect(seen({ tools: true })).toMatchObject({ tools: true, documents: false });
    expect(seen({ images: 1 })).toMatchObject({ images: true, documents: false });
    expect(seen({ unbounded: true })).toMatchObject({ images: false, documents: true });
  });

  test('and a target that cannot be called move nobody', () => {
    expect(short(phaseOut({ action: 'move' }), { target: null })).toEqual([`${CLAUDE} not-moved unavailable`]);
  });
});

describe('a caller who pins', () => {
  test.each(['nudge', 'default', 'move'] as const)('is served as asked at the stage %s, if they may', (action) => {
    const [pinned, ...others] = ways(phaseOut({ action }), { wantsPin: true });
    expect(pinned).toMatchObject({ model: CLAUDE, needs: 'pin', mayShift: false, told: { kind: 'pinned' } });
    expect(others).toEqual(ways(phaseOut({ action })));
  });

  test('is not heard at the stage block', () => {
    expect(ways(phaseOut({ action: 'block' }), { wantsPin: true })).toEqual(ways(phaseOut({ action: 'block' })));
  });

  test('pins against a budget as well, where no phase-out is', () => {
    expect(short(null, { wantsPin: true })).toEqual([`${CLAUDE} pinned asked pin`, CLAUDE]);
  });
});

describe('a budget that runs out', () => {
  const shift = { to: OURS, budget: 'outside-month', usedPercent: 83 };

  test('turns the call to the other model, and back if that one refuses, but only once', () => {
    const [asked] = asAsked(CLAUDE);
    const [there, back, ...more] = shifted({ asked: CLAUDE, needs: plain, target: offer }, shift, asked);
    expect(more).toEqual([]);
    expect(there).toMatchObject({
      model: OURS,
      mayShift: false,
      told: { kind: 'downshift', reason: 'budget:outside-month' },
    });
    expect(there.told?.notice).toBe(`Budget "outside-month" is 83% used; ${OURS} answered in place of ${CLAUDE}.`);
    expect(back).toMatchObject({ model: CLAUDE, mayShift: false, told: { kind: 'not-moved' } });
    if (back === undefined) throw new Error('there is no way back');
    expect(because(back, CLAUDE, { to: OURS, reason: 'model_not_allowed' }).told?.reason).toBe(
      'refused:model_not_allowed',
    );
  });

  test('leaves a call that the other model cannot serve where it is', () => {
    const needs = { ...plain, abilities: { ...plain.abilities, images: true } };
    const [only, ...more] = shifted({ asked: CLAUDE, needs, target: offer }, shift, asAsked(CLAUDE)[0]);
    expect([only, ...more]).toMatchObject([{ model: CLAUDE, mayShift: false, told: { reason: 'lacks:images' } }]);
  });

  test('asks nothing more of a call that had a grant to show', () => {
    const [granted] = ways(phaseOut({ action: 'block' }));
    expect(shifted({ asked: CLAUDE, needs: plain, target: null }, shift, granted)[0].needs).toBe('grant');
  });
});
