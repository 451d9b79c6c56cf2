// How the rules of a team and of a member are written in JSON. Pure.

import { z } from '@hono/zod-openapi';
import { modelNameSchema, userIdSchema } from '../../../schema/ids.ts';
import type { MemberAccess } from '../../../schema/team-config.ts';
import type { TeamPolicy } from '../../records/policies.ts';
import { patternsField } from './fields.ts';

const MAX_PINNERS = 1_000;
const PERCENT_MESSAGE = 'must be a whole number from 1 to 100';
const PIN_MESSAGE = 'must be true, or a list of members';

const downshiftInput = z
  .strictObject({
    models: patternsField,
    to: modelNameSchema,
    fromPercent: z.int({ error: PERCENT_MESSAGE }).min(1, PERCENT_MESSAGE).max(100, PERCENT_MESSAGE).default(80),
  })
  .openapi('Downshift', {
    description: 'From this share of any budget that weighs on a call of these models on, another one is preferred.',
  });

const pinField = z
  .union([z.literal(true), z.array(userIdSchema).max(MAX_PINNERS, `must be at most ${MAX_PINNERS} members`)], {
    error: PIN_MESSAGE,
  })
  .default([])
  .openapi({ description: 'Who may stay with the model they name: true for everybody.' });

export const policyInput = z
  .strictObject({
    models: z.strictObject({
      allow: patternsField.default(['*']),
      deny: patternsField.default([]),
      approval: patternsField.default([]),
    }),
    pin: pinField,
    downshift: downshiftInput.nullable().default(null),
  })
  .openapi('PolicyInput', {
    description: 'Deny goes before approval, approval before allow; what nothing allows is denied.',
  })
  .transform(({ models, pin, downshift }): TeamPolicy => ({ access: models, steering: { pin, downshift } }));

const patterns = z.array(z.string());

export const policyBody = z
  .object({
    models: z.object({ allow: patterns, deny: patterns, approval: patterns }),
    pin: z.union([z.literal(true), z.array(z.string())]),
    downshift: z.object({ models: patterns, to: z.string(), fromPercent: z.int() }).nullable(),
  })
  .openapi('Policy');

export function presentPolicy({ access, steering }: TeamPolicy): z.infer<typeof policyBody> {
  const { allow, deny, approval } = access;
  const { pin, downshift } = steering;
  return {
    models: { allow: [...allow], deny: [...deny], approval: [...approval] },
    pin: pin === true ? pin : [...pin],
    downshift: downshift === null ? null : { ...downshift, models: [...downshift.models] },
  };
}

export const memberPolicyInput = z
  .strictObject({
    models: z.strictObject({
      allow: patternsField.nullable().default(null).openapi({ description: "Left out or null, the team's list." }),
      deny: patternsField.default([]),
      approval: patternsField.default([]),
    }),
  })
  .openapi('MemberPolicyInput', {
    description:
      'What is denied adds to what the team denies, and so does approval; an allow list stands for the team’s.',
  });

export const memberPolicyBody = z
  .object({
    user: z.string(),
    models: z.object({ allow: patterns.nullable(), deny: patterns, approval: patterns }),
  })
  .openapi('MemberPolicy');

export function presentMemberPolicy({ user, allow, deny, approval }: MemberAccess): z.infer<typeof memberPolicyBody> {
  return { user, models: { allow: allow === null ? null : [...allow], deny: [...deny], approval: [...approval] } };
}
