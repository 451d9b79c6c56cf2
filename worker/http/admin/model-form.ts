// How a model is written in JSON: one target, or a list of targets, and never both. Inside, a list's first target stands
// in the model's own fields as well. Pure.

import { z } from '@hono/zod-openapi';
import type { StoredPrice, StoredTarget } from '../../../schema/d1/tables.ts';
import { priceAt } from '../../../schema/price.ts';
import { abilities, type Capabilities } from '../../../schema/steering.ts';
import type { ModelInput, StoredModel, TargetRecord } from '../../records/models.ts';
import { isoTime } from './fields.ts';
import {
  presentPrice,
  presentPrices,
  priceBody,
  priceFrom,
  priceInput,
  pricesFrom,
  pricesInput,
} from './price-form.ts';

const MAX_UPSTREAM_NAME_LENGTH = 256;
const MAX_TOKENS = 1_000_000_000;
const MAX_TARGETS = 8;
const MAX_WEIGHT = 1_000_000;
const MAX_FIRST_BYTE_TIMEOUT_MS = 3_600_000;

const tokensField = z.int().min(1, 'must be at least 1').max(MAX_TOKENS, `must be at most ${MAX_TOKENS}`);
const providerField = z
  .string()
  .openapi({ example: 'openai', description: 'A provider of the configuration, or demo.' });
const upstreamModelField = z
  .string()
  .min(1, 'must not be empty')
  .max(MAX_UPSTREAM_NAME_LENGTH, `must be at most ${MAX_UPSTREAM_NAME_LENGTH} characters`)
  .openapi({ example: 'gpt-5-mini' });
const priceField = priceInput
  .nullable()
  .optional()
  .openapi({ description: 'Left out or null, the price of the built-in catalogue.' });
const pricesField = pricesInput.nullable().optional();
const ability = z.boolean().optional();
const capabilitiesField = z
  .strictObject({ tools: ability, images: ability, documents: ability, structuredOutput: ability })
  .openapi('Capabilities', {
    description: 'What the model can do beside text; what is left out is as the built-in catalogue has it, else false.',
  })
  .nullable()
  .optional();

const targetInput = z
  .strictObject({
    provider: providerField,
    upstreamModel: upstreamModelField,
    weight: z
      .int()
      .min(0, 'must be at least 0')
      .max(MAX_WEIGHT, `must be at most ${MAX_WEIGHT}`)
      .default(0)
      .openapi({ description: 'Its share of the first places. 0 is only tried when others have failed.' }),
    price: priceField,
    prices: pricesField,
    contextWindow: tokensField.nullable().default(null),
    maxOutputTokens: tokensField.nullable().default(null),
    capabilities: capabilitiesField,
    firstByteTimeoutMs: z
      .int()
      .min(1, 'must be at least 1')
      .max(MAX_FIRST_BYTE_TIMEOUT_MS, `must be at most ${MAX_FIRST_BYTE_TIMEOUT_MS}`)
      .nullable()
      .default(null)
      .openapi({ description: 'Left out or null, FIRST_BYTE_TIMEOUT_MS of the configuration.' }),
  })
  .superRefine(refuseTwoPrices)
  .openapi('TargetInput');

const ofOneTarget = [
  'provider',
  'upstreamModel',
  'price',
  'prices',
  'contextWindow',
  'maxOutputTokens',
  'capabilities',
] as const;

interface PricesGiven {
  readonly price?: z.output<typeof priceField>;
  readonly prices?: z.output<typeof pricesField>;
}

function refuseTwoPrices({ price, prices }: PricesGiven, check: z.RefinementCtx): void {
  if ((price ?? null) === null || (prices ?? null) === null) return;
  check.addIssue({ code: 'custom', path: ['prices'], message: 'must not be given beside price' });
}

export const modelInput = z
  .strictObject({
    provider: providerField.optional(),
    upstreamModel: upstreamModelField.optional(),
    price: priceField,
    prices: pricesField,
    contextWindow: tokensField.nullable().optional(),
    maxOutputTokens: tokensField.nullable().optional(),
    capabilities: capabilitiesField,
    targets: z
      .array(targetInput)
      .min(1, 'must have at least 1 target')
      .max(MAX_TARGETS, `must be at most ${MAX_TARGETS} targets`)
      .optional(),
  })
  .superRefine(refuseTwoPrices)
  .openapi('ModelInput', { description: 'Either provider and upstreamModel and what belongs to them, or targets.' })
  .transform((body, check): Omit<ModelInput, 'name'> => {
    if (body.targets === undefined) {
      const { provider, upstreamModel, contextWindow, maxOutputTokens, capabilities } = body;
      for (const field of ['provider', 'upstreamModel'] as const) {
        if (body[field] === undefined) check.addIssue({ code: 'custom', path: [field], message: MISSING });
      }
      if (provider === undefined || upstreamModel === undefined) return z.NEVER;
      return {
        provider,
        upstreamModel,
        price: storedPrice(body),
        contextWindow: contextWindow ?? null,
        maxOutputTokens: maxOutputTokens ?? null,
        capabilities: saidOf(capabilities),
        targets: null,
      };
    }
    const misplaced = ofOneTarget.filter((field) => body[field] !== undefined);
    for (const field of misplaced) check.addIssue({ code: 'custom', path: [field], message: MISPLACED });
    const again = body.targets.findIndex((target, place) => isNamedBefore(body.targets ?? [], target, place));
    if (again !== -1) check.addIssue({ code: 'custom', path: ['targets', again], message: NAMED_BEFORE });
    const targets = body.targets.map((target) => storedTarget(target));
    const [first] = targets;
    if (misplaced.length > 0 || again !== -1 || first === undefined) return z.NEVER;
    const { provider, upstreamModel, price, contextWindow, maxOutputTokens, capabilities = null } = first;
    return { provider, upstreamModel, price, contextWindow, maxOutputTokens, capabilities, targets };
  });

const MISSING = 'must be given, as string';
const MISPLACED = 'is for a model of one target; say it in each of the targets instead';
const NAMED_BEFORE = 'has the provider and upstreamModel of a target before it; name each once';

type NamedTarget = Pick<StoredTarget, 'provider' | 'upstreamModel'>;

function isNamedBefore(targets: readonly NamedTarget[], target: NamedTarget, place: number): boolean {
  const { provider, upstreamModel } = target;
  return targets.slice(0, place).some((each) => each.provider === provider && each.upstreamModel === upstreamModel);
}

function storedTarget({ price, prices, capabilities, ...target }: z.output<typeof targetInput>): StoredTarget {
  const said = saidOf(capabilities);
  return { ...target, price: storedPrice({ price, prices }), ...(said !== null && { capabilities: said }) };
}

/** Null where nothing is said. */
function saidOf(given: z.output<typeof capabilitiesField>): Partial<Capabilities> | null {
  const said = abilities.flatMap((each) => {
    const value = given?.[each];
    return value === undefined ? [] : [[each, value] as const];
  });
  return said.length === 0 ? null : Object.fromEntries(said);
}

function storedPrice({ price, prices }: PricesGiven): StoredPrice | null {
  return price === undefined || price === null ? pricesFrom(prices ?? []) : priceFrom(price);
}

const termsBody = {
  provider: z.string(),
  upstreamModel: z.string(),
  price: priceBody.nullable().openapi({ description: 'The one in force now; null where the catalogue has it.' }),
  prices: z.array(priceBody).optional().openapi({ description: 'All editions, where they have dates.' }),
  contextWindow: z.int().nullable(),
  maxOutputTokens: z.int().nullable(),
  capabilities: z
    .object({ tools: ability, images: ability, documents: ability, structuredOutput: ability })
    .optional()
    .openapi({ description: 'What an admin said of them.' }),
};

const editionBody = { version: z.int(), createdAt: z.iso.datetime(), updatedAt: z.iso.datetime() };

const targetBody = z
  .object({ ...termsBody, weight: z.int(), firstByteTimeoutMs: z.int().nullable() })
  .openapi('Target');

/** In the form in which it was given. */
export const modelBody = z
  .union([
    z.object({ name: z.string(), ...termsBody, ...editionBody }).openapi('ModelOfOneTarget'),
    z.object({ name: z.string(), targets: z.array(targetBody), ...editionBody }).openapi('ModelOfTargets'),
  ])
  .openapi('Model');

export function presentModel(model: StoredModel, nowMs: number): z.infer<typeof modelBody> {
  const { name, version, createdAtMs, updatedAtMs, targets } = model;
  const edition = { version, createdAt: isoTime(createdAtMs), updatedAt: isoTime(updatedAtMs) };
  return targets === null
    ? { name, ...presentTerms(model, nowMs), ...edition }
    : { name, targets: targets.map((target) => presentTarget(target, nowMs)), ...edition };
}

function presentTarget(target: TargetRecord, nowMs: number) {
  const { weight, firstByteTimeoutMs } = target;
  return { ...presentTerms(target, nowMs), weight, firstByteTimeoutMs };
}

type Terms = Pick<
  StoredModel,
  'provider' | 'upstreamModel' | 'price' | 'contextWindow' | 'maxOutputTokens' | 'capabilities'
>;

function presentTerms(terms: Terms, nowMs: number) {
  const { provider, upstreamModel, price, contextWindow, maxOutputTokens, capabilities } = terms;
  const inForce = price === null ? null : priceAt(price, nowMs);
  const isDated = price !== null && (price.fromMs !== undefined || price.later !== undefined);
  return {
    provider,
    upstreamModel,
    price: inForce === null ? null : presentPrice(inForce),
    ...(isDated && { prices: presentPrices(price) }),
    contextWindow,
    maxOutputTokens,
    ...(capabilities !== null && { capabilities }),
  };
}
