// Which units of the price source Headgate meters, which it may leave aside, and which models that rules out.

import type { ModelInfo, ModelPrice } from '@pydantic/genai-prices';
import type { MEDIA_POSITIONS } from '../../worker/pricing/table-shape.ts';

/** Priced here, and nothing else is. */
export const METERED = {
  input: 'input_mtok',
  cacheRead: 'cache_read_mtok',
  cacheWrite5m: 'cache_write_mtok',
  cacheWrite1h: 'cache_write_1h_mtok',
  output: 'output_mtok',
  webSearch: 'web_searches_kcount',
} as const;

/** Priced here as shares of input, cache reads and output. */
export const METERED_MEDIA: Readonly<Record<(typeof MEDIA_POSITIONS)[number], string>> = {
  audioInput: 'input_audio_mtok',
  audioCacheRead: 'cache_audio_read_mtok',
  audioOutput: 'output_audio_mtok',
  imageInput: 'input_image_mtok',
  imageCacheRead: 'cache_image_read_mtok',
  imageOutput: 'output_image_mtok',
  videoInput: 'input_video_mtok',
};

/** Priced here by the piece, in models that have no other price. The source has it under two names, with one price. */
export const METERED_PIECES = { audioSeconds: 'input_audio_hours' } as const;
const SAME_PIECES = 'audio_hours';

/**
 * Left aside without ruling the model out, with the reason.
 * storage_searches_kcount: a file search of the Responses API ($2.50 per 1000). Neither chat completions nor messages
 * can make one; where Responses does, the fee is a thousandth of what the tokens it adds cost.
 */
const LEFT_ASIDE = new Set(['storage_searches_kcount']);

const KNOWN: ReadonlySet<string> = new Set([...Object.values(METERED), ...Object.values(METERED_MEDIA)]);

/** Sound, pictures or video, which the source prices as text, or which no dialect here meters: by the words in the name. */
const OTHER_MODALITY =
  /(?:^|[-/._])(?:audio|realtime|image|tts|voice|transcribe|sonic|live|omni|whisper|voxtral|multimodal)(?:$|[-/._\d])/;
/** Sound and pictures in a dialect that meters them; these need rates of their own for what they hear, see or make. */
const MADE_MEDIA = [
  { word: /[-/._]audio(?=$|[-/._\d])/, of: /^gpt-/, needs: [METERED_MEDIA.audioInput, METERED_MEDIA.audioOutput] },
  { word: /[-/._]image(?=$|[-/._\d])/, of: /^gemini-/, needs: [METERED_MEDIA.imageOutput] },
  { word: /[-/._]image(?=$|[-/._\d])/, of: /^gpt-image-/, needs: [METERED_MEDIA.imageInput] },
  { word: /[-/._]transcribe(?=$|[-/._\d])/, of: /^gpt-4o-/, needs: [METERED_MEDIA.audioInput] },
  { word: /[-/._]tts(?=$|[-/._\d])/, of: /^gpt-4o-/, needs: [METERED.output] },
] as const;
/**
 * Billed by the second that they hear, and by nothing else. Not Groq's Whisper, which bills ten seconds at least.
 */
const BY_THE_SECOND = /^(?:whisper-1|gpt-transcribe|voxtral-mini-(?:latest|\d{4}))$/;
/** Billed per request on top of tokens: search previews of OpenAI's chat API, and all that answers from the web at Perplexity. */
const FEE_PER_REQUEST = /search-preview|sonar/;
/** Models that give no tokens back, which therefore need no output price. */
const WITHOUT_OUTPUT = /embed|rerank|\/bge-|distilbert/;

/** Why a name of a model cannot be priced by its units; null if nothing speaks against it. */
export function objectionToName(name: string, model: ModelInfo): string | null {
  if (OTHER_MODALITY.test(name) && !isBySecond(name, model) && !hasRatesFor(name, model))
    return 'by its name it hears, speaks or draws in ways that are not metered';
  if (FEE_PER_REQUEST.test(name)) return 'a fee per request, which is not metered';
  return null;
}

/** Why a model must have no price in the table; null if it may. */
export function objectionToModel(model: ModelInfo): string | null {
  if (isBySecond(model.id, model)) return null;
  const priceLists = Array.isArray(model.prices) ? model.prices.map(({ prices }) => prices) : [model.prices];
  const unmetered = new Set(priceLists.flatMap(unmeteredUnits));
  if (unmetered.size > 0) return `priced in units not metered: ${[...unmetered].toSorted().join(', ')}`;
  if (priceLists.some((prices) => !isPositive(prices[METERED.input]))) return 'no input price';
  const needsOutput = !WITHOUT_OUTPUT.test(`${model.id} ${JSON.stringify(model.match)}`);
  if (needsOutput && priceLists.some((prices) => !isPositive(prices[METERED.output]))) return 'no output price';
  return objectionToName(model.id, model);
}

function isBySecond(name: string, { prices }: ModelInfo): boolean {
  if (!BY_THE_SECOND.test(name) || Array.isArray(prices)) return false;
  const { [METERED_PIECES.audioSeconds]: seconds, [SAME_PIECES]: again, ...others } = prices;
  return isPositive(seconds) && again === seconds && Object.keys(others).length === 0;
}

function hasRatesFor(name: string, { prices }: ModelInfo): boolean {
  const kinds = MADE_MEDIA.filter(({ word, of }) => of.test(name) && word.test(name));
  const units = kinds.flatMap(({ needs }) => [...needs]);
  const lists = Array.isArray(prices) ? prices.map((each) => each.prices) : [prices];
  const isOtherwise = OTHER_MODALITY.test(kinds.reduce((rest, kind) => rest.replace(kind.word, ''), name));
  return units.length > 0 && !isOtherwise && lists.every((list) => units.every((unit) => isPositive(list[unit])));
}

function unmeteredUnits(prices: ModelPrice): string[] {
  return Object.keys(prices).filter((unit) => !KNOWN.has(unit) && !LEFT_ASIDE.has(unit));
}

function isPositive(price: ModelPrice[string]): boolean {
  return price !== undefined && (typeof price === 'number' ? price : price.base) > 0;
}
