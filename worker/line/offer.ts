// What the targets of a model offer, as far as admins and the built-in tables say: the least of them, since a call may go to
// any.

import type { Capabilities } from '../../schema/steering.ts';
import { listedCapabilities, TEXT_ALONE } from '../pricing/capabilities.ts';
import { lookUpModel } from '../pricing/price-book.ts';
import type { Offer } from '../routing/needs.ts';
import { entryOf } from '../routing/resolve.ts';
import type { Route, Target } from './gate.ts';

export function offerOf({ candidates }: Route, atMs: number): Offer {
  const [first, ...others] = candidates.map((target) => offerOfTarget(target, atMs));
  const none: Offer = { capabilities: TEXT_ALONE, contextWindow: null, maxOutputTokens: null };
  return others.reduce(leastOf, first ?? none);
}

function offerOfTarget(target: Target, atMs: number): Offer {
  const { provider, upstreamModel, capabilities, contextWindow, maxOutputTokens, isOutputLimitKnown } = target;
  const listed = entryOf(provider, upstreamModel, (catalogue, name) =>
    lookUpModel({ catalogue, upstreamModel: name, atMs }),
  );
  return {
    capabilities: { ...(listed === null ? TEXT_ALONE : listedCapabilities(listed.name)), ...capabilities },
    contextWindow,
    maxOutputTokens: isOutputLimitKnown ? maxOutputTokens : null,
  };
}

function leastOf(left: Offer, right: Offer): Offer {
  return {
    capabilities: bothOf(left.capabilities, right.capabilities),
    contextWindow: lesser(left.contextWindow, right.contextWindow),
    maxOutputTokens: lesser(left.maxOutputTokens, right.maxOutputTokens),
  };
}

function bothOf(left: Capabilities, right: Capabilities): Capabilities {
  return {
    tools: left.tools && right.tools,
    images: left.images && right.images,
    documents: left.documents && right.documents,
    structuredOutput: left.structuredOutput && right.structuredOutput,
  };
}

function lesser(left: number | null, right: number | null): number | null {
  return left === null || right === null ? (left ?? right) : Math.min(left, right);
}
