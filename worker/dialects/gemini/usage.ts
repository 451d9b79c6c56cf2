// Gemini's usage in the normal form. What was cached is part of the prompt, thoughts come on top of the candidates, and
// what tools returned is input of its own. Pure.

import { arrayAt, isObject, type JsonObject, stringAt } from '../../../schema/json.ts';
import { NO_USAGE, type UsageLine, type UsageReading } from '../../../schema/usage.ts';
import { allCounts, countAt } from '../token-count.ts';

/** Tiers that the provider may choose by itself and bills above the list price. */
const DEARER_TIER = 'priority';
/** The same, as Vertex AI says it. */
const DEARER_TRAFFIC = 'ON_DEMAND_PRIORITY';
const AUDIO = 'AUDIO';
const IMAGE = 'IMAGE';
const VIDEO = 'VIDEO';
/** Kinds of output that have other prices than text. */
const PRICED_APART = [AUDIO, IMAGE, VIDEO];

/**
 * Reads `usageMetadata` of a call that made `webSearches` and `mayHaveMedia` in its input; null where it counts nothing, as
 * the early chunks of Vertex, or a count is nonsense. The total is the sum of its parts; one that is not makes the reading
 * inexact, and the larger output is taken. Where nobody says how much of the input was media, all of it may have been.
 */
export function readGeminiUsage(
  usage: JsonObject,
  { webSearches, mayHaveMedia }: { readonly webSearches: number; readonly mayHaveMedia: boolean },
): UsageReading | null {
  const counts = allCounts({
    prompt: countAt(usage, 'promptTokenCount', Number.NaN),
    cached: countAt(usage, 'cachedContentTokenCount', 0),
    toolUse: countAt(usage, 'toolUsePromptTokenCount', 0),
    // Live sessions call it the response.
    candidates: countAt(usage, 'candidatesTokenCount', countAt(usage, 'responseTokenCount', 0) ?? Number.NaN),
    thoughts: countAt(usage, 'thoughtsTokenCount', 0),
  });
  if (counts === null) return null;
  const sum = counts.prompt + counts.toolUse + counts.candidates + counts.thoughts;
  const total = countAt(usage, 'totalTokenCount', sum);
  if (total === null) return null;
  const cacheRead = Math.min(counts.cached, counts.prompt);
  const input = counts.prompt - cacheRead + counts.toolUse;
  const untold = mayHaveMedia && usage['promptTokensDetails'] === undefined;
  return {
    lines: [
      {
        model: null,
        usage: {
          ...NO_USAGE,
          input,
          cacheRead,
          output: counts.candidates + counts.thoughts + Math.max(0, total - sum),
          reasoning: counts.thoughts,
          webSearches,
        },
        media: { ...(!untold && mediaRead(usage)), ...mediaMade(usage) },
      },
    ],
    inexact: untold || total !== sum || counts.cached > counts.prompt || isPricedApart(usage),
  };
}

type Media = NonNullable<UsageLine['media']>;

/** What of the input was not text. The prompt's own share has what was cached in it. */
function mediaRead(usage: JsonObject): Media {
  const plain = (modality: string): number =>
    Math.max(0, tokensOf(usage, 'promptTokensDetails', modality) - tokensOf(usage, 'cacheTokensDetails', modality)) +
    tokensOf(usage, 'toolUsePromptTokensDetails', modality);
  return {
    audioInput: plain(AUDIO),
    imageInput: plain(IMAGE),
    videoInput: plain(VIDEO),
    audioCacheRead: tokensOf(usage, 'cacheTokensDetails', AUDIO),
    imageCacheRead: tokensOf(usage, 'cacheTokensDetails', IMAGE),
  };
}

function mediaMade(usage: JsonObject): Media {
  if (usage['candidatesTokensDetails'] === undefined) return {};
  const made = (modality: string): number => tokensOf(usage, 'candidatesTokensDetails', modality);
  return { audioOutput: made(AUDIO), imageOutput: made(IMAGE), videoOutput: made(VIDEO) };
}

/** Not a number where a count is nonsense. */
function tokensOf(usage: JsonObject, details: string, modality: string): number {
  return arrayAt(usage, details)
    .filter(isObject)
    .filter((detail) => stringAt(detail, 'modality') === modality)
    .reduce((sum, detail) => sum + (countAt(detail, 'tokenCount', 0) ?? Number.NaN), 0);
}

function isPricedApart(usage: JsonObject): boolean {
  const isDearer =
    (stringAt(usage, 'serviceTier') ?? '').toLowerCase() === DEARER_TIER ||
    stringAt(usage, 'trafficType') === DEARER_TRAFFIC;
  return isDearer || PRICED_APART.some((modality) => tokensOf(usage, 'candidatesTokensDetails', modality) !== 0);
}
