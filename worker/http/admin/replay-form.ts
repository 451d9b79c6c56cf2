// How a replay is asked for and answered in JSON. Pure.

import { z } from '@hono/zod-openapi';
import { teamIdSchema, userIdSchema } from '../../../schema/ids.ts';
import { dollarsFromMicros, micros } from '../../../schema/micros.ts';
import type { MemberAccess } from '../../../schema/team-config.ts';
import type { Proposal } from '../../line/verdict.ts';
import type { Span } from '../../records/replayed-calls.ts';
import type { EventPosition } from '../../records/usage.ts';
import { MAX_CALLS, type Replay, type ReplayGroup, savingOf, shareOf } from '../../replay.ts';
import { emptySpan, isForward, isoTime, timeField } from './fields.ts';
import { proposedPhaseOut } from './phase-out-form.ts';
import { memberPolicyInput, policyInput } from './policy-form.ts';

const MAX_PROPOSED = 20;
const MAX_MEMBERS = 500;
const MAX_SHOWN_GROUPS = 1_000;
const MAX_EVENT_ID_LENGTH = 64;

const position = z.strictObject({ at: timeField, id: z.string().max(MAX_EVENT_ID_LENGTH) });

export interface ReplayQuestion {
  readonly span: Span;
  readonly proposal: Proposal;
  readonly after: EventPosition | null;
}

export const replayInput = z
  .strictObject({
    from: timeField,
    to: timeField,
    team: teamIdSchema.optional().openapi({ description: 'Left out, the calls of all teams.' }),
    policy: policyInput.optional().openapi({ description: 'As for a team; left out, access stays as it was.' }),
    memberPolicies: z
      .record(userIdSchema, memberPolicyInput)
      .refine((own) => Object.keys(own).length <= MAX_MEMBERS, `must be at most ${MAX_MEMBERS} members`)
      .default({}),
    phaseOuts: z.array(proposedPhaseOut).max(MAX_PROPOSED, `must be at most ${MAX_PROPOSED} phase-outs`).default([]),
    asOf: timeField.optional().openapi({ description: 'The moment whose stages count; left out, the last of each.' }),
    after: position.optional().openapi({ description: 'The next of an answer that was not complete.' }),
  })
  .refine(isForward, emptySpan)
  .openapi('ReplayInput')
  .transform(({ from, to, team, policy, memberPolicies, phaseOuts, asOf, after }): ReplayQuestion => ({
    span: { team: team ?? null, fromMs: from, toMs: to },
    proposal: {
      access: policy?.access ?? null,
      memberAccess: new Map(
        Object.entries(memberPolicies).map(([name, { models }]) => {
          const user = userIdSchema.parse(name);
          return [user, memberAccess(user, models)] as const;
        }),
      ),
      downshift: policy?.steering.downshift ?? null,
      phaseOuts,
      asOfMs: asOf ?? Number.MAX_SAFE_INTEGER,
    },
    after: after ?? null,
  }));

function memberAccess(user: MemberAccess['user'], models: z.output<typeof memberPolicyInput>['models']): MemberAccess {
  return { user, ...models };
}

const sums = { calls: z.int(), tokens: z.int(), costUsd: z.string() };

const groupBody = z
  .object({
    team: z.string(),
    user: z.string(),
    model: z.string().openapi({ description: 'As the calls named it.' }),
    outcome: z.enum(['blocked', 'moved', 'not-moved']),
    reason: z.string(),
    to: z.string().nullable(),
    percent: z.number().openapi({ description: 'How many of a hundred of them; the sums are of these.' }),
    ...sums,
    savedUsd: z.string(),
  })
  .openapi('ReplayGroup');

export const replayBody = z
  .object({
    calls: z.int().openapi({ description: 'That were gone through.' }),
    costUsd: z.string(),
    blocked: z.object(sums),
    moved: z.object({ ...sums, savedUsd: z.string() }),
    notMoved: z.object(sums),
    groups: z.array(groupBody).openapi({ description: 'The dearest first.' }),
    groupsLeftOut: z.int(),
    complete: z.boolean(),
    next: z.object({ at: z.iso.datetime(), id: z.string() }).nullable(),
    unknowns: z.array(z.string()),
  })
  .openapi('Replay');

const UNKNOWNS = [
  'What past calls needed is not recorded: calls with tools, pictures or a form for the answer count as movable. Only the protocol and the length are looked at.',
  'Which conversation a call belonged to is not recorded: of a percentage, that share of the calls is counted.',
  'Who would have pinned and who had a grant is not known: nobody is taken to.',
  'A budget counts as short from the recorded threshold at or above the percentage until its window ends, for all calls of those it is about; calls that are moved would have delayed that.',
  'Another model would have written answers of another length; the tokens are those of the calls as they were made.',
];

export function presentReplay({ groups, calls, cost, nextAfter }: Replay): z.infer<typeof replayBody> {
  const of = (outcome: ReplayGroup['verdict']['outcome']) =>
    groups.filter(({ verdict }) => verdict.outcome === outcome);
  const moved = of('moved');
  const shown = groups.toSorted((left, right) => shareOf(right, right.cost) - shareOf(left, left.cost));
  return {
    calls,
    costUsd: dollarsFromMicros(cost),
    blocked: sumsOf(of('blocked')),
    moved: { ...sumsOf(moved), savedUsd: signedDollars(total(moved, savingOf)) },
    notMoved: sumsOf(of('not-moved')),
    groups: shown.slice(0, MAX_SHOWN_GROUPS).map(presentGroup),
    groupsLeftOut: Math.max(0, shown.length - MAX_SHOWN_GROUPS),
    complete: nextAfter === null,
    next: nextAfter === null ? null : { at: isoTime(nextAfter.at), id: nextAfter.id },
    unknowns: UNKNOWNS,
  };
}

function presentGroup(group: ReplayGroup): z.infer<typeof groupBody> {
  const { team, user, model, verdict } = group;
  return {
    team,
    user,
    model,
    outcome: verdict.outcome,
    reason: verdict.reason,
    to: verdict.outcome === 'blocked' ? null : verdict.to,
    percent: verdict.outcome === 'moved' ? verdict.percent : 100,
    ...sumsOf([group]),
    savedUsd: signedDollars(savingOf(group)),
  };
}

function sumsOf(groups: readonly ReplayGroup[]) {
  return {
    calls: total(groups, (group) => shareOf(group, group.calls)),
    tokens: total(groups, (group) => shareOf(group, group.tokens)),
    costUsd: dollarsFromMicros(micros(total(groups, (group) => shareOf(group, group.cost)))),
  };
}

function total(groups: readonly ReplayGroup[], of: (group: ReplayGroup) => number): number {
  return groups.reduce((sum, group) => sum + of(group), 0);
}

/** What is dearer there was saved with a minus. */
function signedDollars(amount: number): string {
  return `${amount < 0 ? '-' : ''}${dollarsFromMicros(micros(Math.abs(amount)))}`;
}

export const replayDescription =
  `Goes through up to ${MAX_CALLS} recorded calls, or as many as there is time for; with "complete": false the answer is ` +
  'of the first part, and "next" is the "after" of the question for the rest. Nothing is changed.';
