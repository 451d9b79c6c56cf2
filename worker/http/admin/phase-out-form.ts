// How a phase-out is written in JSON. Pure.

import { z } from '@hono/zod-openapi';
import { modelNameSchema } from '../../../schema/ids.ts';
import type { PhaseOut, Stage } from '../../../schema/steering.ts';
import type { StoredPhaseOut } from '../../records/phase-outs.ts';
import { isoTime, patternsField, timeField } from './fields.ts';

const MAX_ALIASES = 50;
const MAX_STAGES = 20;
const MAX_MESSAGE_LENGTH = 200;
const PERCENT_MESSAGE = 'must be a number from 0 to 100';

/** It becomes a header. */
const messageField = z
  .string()
  .max(MAX_MESSAGE_LENGTH, `must be at most ${MAX_MESSAGE_LENGTH} characters`)
  .regex(/^[ -~]*$/, 'must be one line of ASCII characters')
  .nullable()
  .default(null)
  .openapi({ description: 'A line for those it happens to; left out, one that names both models.' });

const common = { from: timeField, message: messageField };

const stageInput = z
  .discriminatedUnion('action', [
    z.strictObject({ ...common, action: z.enum(['nudge', 'default', 'block']) }),
    z.strictObject({
      ...common,
      action: z.literal('move'),
      percent: z.number({ error: PERCENT_MESSAGE }).min(0, PERCENT_MESSAGE).max(100, PERCENT_MESSAGE),
    }),
  ])
  .openapi('StageInput', {
    description:
      'nudge: served as asked, with a hint. default: aliases lead to the other model. move: so many of a hundred ' +
      'conversations are served by it. block: refused, but to those with a grant.',
  });

export const phaseOutName = z.string().regex(/^[a-z0-9-]{2,40}$/, 'must be 2 to 40 characters of a-z, 0-9 and -');

const fields = {
  models: patternsField.default([]),
  aliases: z
    .array(modelNameSchema)
    .max(MAX_ALIASES, `must be at most ${MAX_ALIASES} names`)
    .default([])
    .openapi({ description: 'Short names of the family, which lead to the other model from the stage default on.' }),
  to: modelNameSchema,
  stages: z
    .array(stageInput)
    .min(1, 'must have at least 1 stage')
    .max(MAX_STAGES, `must be at most ${MAX_STAGES} stages`),
};

export const phaseOutInput = z
  .strictObject(fields)
  .openapi('PhaseOutInput')
  .transform((body, check): Omit<PhaseOut, 'name'> => contentOf(body, check));

/** One that is only thought of. */
export const proposedPhaseOut = z
  .strictObject({ name: phaseOutName.default('proposed'), ...fields })
  .openapi('ProposedPhaseOut')
  .transform(({ name, ...body }, check): PhaseOut => ({ name, ...contentOf(body, check) }));

type Fields = z.output<z.ZodObject<typeof fields>>;

function contentOf({ stages, ...body }: Fields, check: z.RefinementCtx): Omit<PhaseOut, 'name'> {
  if (body.models.length + body.aliases.length === 0) {
    check.addIssue({ code: 'custom', path: ['models'], message: 'must name a model, or aliases must' });
  }
  const early = stages.findIndex((stage, place) => stage.from <= (stages[place - 1]?.from ?? Number.NEGATIVE_INFINITY));
  if (early !== -1) {
    check.addIssue({ code: 'custom', path: ['stages', early, 'from'], message: 'must be later than the one before' });
  }
  return { ...body, stages: stages.map((stage) => stageOf(stage)) };
}

function stageOf(input: z.output<typeof stageInput>): Stage {
  const { from: fromMs, message } = input;
  return input.action === 'move'
    ? { fromMs, message, action: input.action, percent: input.percent }
    : { fromMs, message, action: input.action };
}

const stageBody = z
  .object({
    from: z.iso.datetime(),
    action: z.enum(['nudge', 'default', 'move', 'block']),
    percent: z.number().optional(),
    message: z.string().nullable(),
  })
  .openapi('Stage');

export const phaseOutBody = z
  .object({
    name: z.string(),
    models: z.array(z.string()),
    aliases: z.array(z.string()),
    to: z.string(),
    stages: z.array(stageBody),
    version: z.int(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .openapi('PhaseOut');

export function presentPhaseOut(phaseOut: StoredPhaseOut): z.infer<typeof phaseOutBody> {
  const { name, models, aliases, to, stages, version, createdAtMs, updatedAtMs } = phaseOut;
  return {
    name,
    models: [...models],
    aliases: [...aliases],
    to,
    stages: stages.map((stage) => presentStage(stage)),
    version,
    createdAt: isoTime(createdAtMs),
    updatedAt: isoTime(updatedAtMs),
  };
}

function presentStage(stage: Stage): z.infer<typeof stageBody> {
  const { fromMs, message } = stage;
  const said = { from: isoTime(fromMs), action: stage.action, message };
  return stage.action === 'move' ? { ...said, percent: stage.percent } : said;
}
