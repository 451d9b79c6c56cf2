// Which units of the price source Headgate meters, which it may leave aside, and which models that rules out.

import type { ModelInfo, ModelPrice } from '@pydantic/genai-prices';

/** Priced here, and nothing else is. */
export const METERED = {
  input: 'input_mtok',
  cacheRead: 'cache_read_mtok',
  cacheWrite5m: 'cache_write_mtok',
  cacheWrite1h: 'cache_write_1h_mtok',
  output: 'output_mtok',
  webSearch: 'web_searches_kcount',
} as const;

/** Metered where the answers say how much of the input was audio, which only Gemini's do. */
export const AUDIO = { input: 'input_audio_mtok', cacheRead: 'cache_audio_read_mtok' } as const;
const TELLS_AUDIO = /^gemini-/;

/**
 * Left aside without ruling the model out, with the reason.
 * storage_searches_kcount: a file search of the Responses API ($2.50 per 1000). Neither chat completions nor messages
 * can make one; where Responses does, the fee is a thousandth of what the tokens it adds cost.
 */
const LEFT_ASIDE = new Set(['storage_searches_kcount']);

const KNOWN: ReadonlySet<string> = new Set(Object.values(METERED));
const KNOWN_AUDIO: ReadonlySet<string> = new Set(Object.values(AUDIO));

/** Sound, pictures or video, which the source prices as text or not at all: by the words in the model's name. */
const OTHER_MODALITY =
  /(?:^|[-/._])(?:audio|realtime|image|tts|voice|transcribe|sonic|live|omni|whisper|voxtral|multimodal)(?:$|[-/._\d])/;
/** Billed per request on top of tokens: search previews of OpenAI's chat API, and all that answers from the web at Perplexity. */
const FEE_PER_REQUEST = /search-preview|sonar/;
/** Models that give no tokens back, which therefore need no output price. */
const WITHOUT_OUTPUT = /embed|rerank|\/bge-|distilbert/;

/** Why a name cannot be priced by tokens alone; null if nothing speaks against it. */
export function objectionToName(name: string): string | null {
  if (OTHER_MODALITY.test(name)) return 'by its name it hears, speaks or draws, and the source prices that as text';
  if (FEE_PER_REQUEST.test(name)) return 'a fee per request, which is not metered';
  return null;
}

/** Why a model must have no price in the table; null if it may. */
export function objectionToModel(model: ModelInfo): string | null {
  const priceLists = Array.isArray(model.prices) ? model.prices.map(({ prices }) => prices) : [model.prices];
  const unmetered = new Set(priceLists.flatMap((prices) => unmeteredUnits(prices, TELLS_AUDIO.test(model.id))));
  if (unmetered.size > 0) return `priced in units not metered: ${[...unmetered].toSorted().join(', ')}`;
  if (priceLists.some((prices) => !isPositive(prices[METERED.input]))) return 'no input price';
  const needsOutput = !WITHOUT_OUTPUT.test(`${model.id} ${JSON.stringify(model.match)}`);
  if (needsOutput && priceLists.some((prices) => !isPositive(prices[METERED.output]))) return 'no output price';
  return objectionToName(model.id);
}

function unmeteredUnits(prices: ModelPrice, tellsAudio: boolean): string[] {
  const isMetered = (unit: string): boolean => KNOWN.has(unit) || (tellsAudio && KNOWN_AUDIO.has(unit));
  return Object.keys(prices).filter((unit) => !isMetered(unit) && !LEFT_ASIDE.has(unit));
}

function isPositive(price: ModelPrice[string]): boolean {
  return price !== undefined && (typeof price === 'number' ? price : price.base) > 0;
}
