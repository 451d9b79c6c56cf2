// What terms of service multiply list prices by, kept by hand, each with its source. Only for the provider's own API: those
// who resell a model have terms of their own. A term without a multiplier here is refused by name.

import type { Multiplier, Price } from '../../schema/price.ts';
import { termName } from '../../schema/service-terms.ts';
import type { ModelIdentity } from './overlay.ts';

type Multipliers = NonNullable<Price['multipliers']>;

interface Rule {
  /** Of the source's canonical name, which has no date where dated forms are priced alike. */
  readonly family: RegExp;
  readonly multiplier: Multiplier;
}

/**
 * OpenAI's priority processing. Sources: openai.com/api-priority-processing and openai.com/api/pricing for GPT-4o to GPT-5.5;
 * for GPT-5.6 and later the price map of LiteLLM 1.110.2. First match counts.
 */
const OPENAI_PRIORITY: readonly Rule[] = [
  { family: /^gpt-4o-2024-05-13$/, multiplier: { times: 7, per: 4 } },
  { family: /^gpt-4o$/, multiplier: { times: 17, per: 10 } },
  { family: /^gpt-4o-mini$/, multiplier: { times: 5, per: 3 } },
  { family: /^gpt-4\.1(?:-mini)?$/, multiplier: { times: 7, per: 4 } },
  { family: /^gpt-4\.1-nano$/, multiplier: { times: 2, per: 1 } },
  { family: /^o3$/, multiplier: { times: 7, per: 4 } },
  { family: /^o4-mini$/, multiplier: { times: 20, per: 11 } },
  { family: /^gpt-5-mini$/, multiplier: { times: 9, per: 5 } },
  { family: /^gpt-5\.5$/, multiplier: { times: 5, per: 2 } },
  { family: /^gpt-5(?:\.[12])?$/, multiplier: { times: 2, per: 1 } },
  { family: /^gpt-5\.3-codex$/, multiplier: { times: 2, per: 1 } },
  { family: /^gpt-5\.4(?:-mini)?$/, multiplier: { times: 2, per: 1 } },
  { family: /^gpt-5\.6(?:-sol|-terra|-luna)?$/, multiplier: { times: 2, per: 1 } },
  { family: /^gpt-6-(?:sol|luna|astra)$/, multiplier: { times: 2, per: 1 } },
];

/**
 * OpenAI's flex processing is half the list price, for the models that have it. Source: openai.com/api/pricing. Not named are
 * gpt-5.4 and o4-mini, whose cached input is listed a little above half: their flex calls count as the list price.
 */
const OPENAI_FLEX: readonly Rule[] = [
  { family: /^o3$/, multiplier: { times: 1, per: 2 } },
  { family: /^gpt-5(?:-mini|-nano|\.[12])?$/, multiplier: { times: 1, per: 2 } },
  { family: /^gpt-5\.4(?:-mini|-nano|-pro)$/, multiplier: { times: 1, per: 2 } },
  { family: /^gpt-5\.5(?:-pro)?$/, multiplier: { times: 1, per: 2 } },
  { family: /^gpt-5\.6(?:-sol|-terra|-luna)?$/, multiplier: { times: 1, per: 2 } },
  { family: /^gpt-6-(?:sol|luna|astra)$/, multiplier: { times: 1, per: 2 } },
];

/** Source: platform.claude.com/docs/en/build-with-claude/fast-mode; Opus 5 and later: the price map of LiteLLM 1.110.2. */
const ANTHROPIC_FAST: readonly Rule[] = [
  { family: /^claude-opus-4-[67]$/, multiplier: { times: 6, per: 1 } },
  { family: /^claude-opus-(?:4-8|5|5-5)$/, multiplier: { times: 2, per: 1 } },
];

/** From Opus 4.6 on. Source: platform.claude.com/docs/en/about-claude/pricing, data residency. */
const ANTHROPIC_US: readonly Rule[] = [
  {
    family: /^claude-(?:opus-4-[678]|opus-5|opus-5-5|sonnet-4-6|sonnet-5|fable-5|fable-5-1)$/,
    multiplier: { times: 11, per: 10 },
  },
];

/** By the catalogue, whose provider must be the model's own as well. OpenAI answers "fast" as "priority". */
const BY_PROVIDER: Readonly<Record<string, readonly (readonly [term: string, rules: readonly Rule[]])[]>> = {
  openai: [
    [termName('service_tier', 'priority'), OPENAI_PRIORITY],
    [termName('service_tier', 'fast'), OPENAI_PRIORITY],
    [termName('service_tier', 'flex'), OPENAI_FLEX],
  ],
  anthropic: [
    [termName('speed', 'fast'), ANTHROPIC_FAST],
    [termName('inference_geo', 'us'), ANTHROPIC_US],
  ],
};

/** What was found before, by provider and name: at most one entry for each model of the table. */
const found = new Map<string, Multipliers | null>();

/** Null where no term has a multiplier. */
export function multipliersOf(catalogue: string, { provider, name }: ModelIdentity): Multipliers | null {
  const terms = catalogue === provider ? BY_PROVIDER[provider] : undefined;
  if (terms === undefined) return null;
  const key = `${provider}:${name}`;
  const known = found.get(key);
  if (known !== undefined) return known;
  const multipliers = terms.flatMap(([term, rules]) => {
    const multiplier = rules.find(({ family }) => family.test(name))?.multiplier;
    return multiplier === undefined ? [] : [[term, multiplier] as const];
  });
  const answer = multipliers.length === 0 ? null : Object.fromEntries(multipliers);
  found.set(key, answer);
  return answer;
}
