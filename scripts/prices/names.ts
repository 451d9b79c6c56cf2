// Which exact names lead to a model. The source's own matching has the last word on each, so nothing is priced by guess.

import type { MatchLogic, ModelInfo } from '@pydantic/genai-prices';
import { SNAPSHOT_FORMS, SNAPSHOT_PATTERN } from '../../worker/pricing/table-shape.ts';
import type { PriceLibrary } from './library.ts';
import { objectionToName } from './meters.ts';

/** Real names that the source covers by a prefix only; each must still match there, or the build fails. */
export const NAMES_BY_HAND: Readonly<Record<string, readonly string[]>> = {
  anthropic: ['claude-3-5-sonnet-latest', 'claude-sonnet-4-20250514'],
  google: ['gemini-2.5-pro-preview-05-06', 'gemini-2.5-pro-preview-06-05'],
  mistral: ['magistral-medium-2506', 'magistral-medium-2507', 'magistral-medium-2509', 'magistral-medium-latest'],
};

/** No provider has a model of this date, so a name that matches with it matches with any. */
const MADE_UP_DATE = ['2087', '02', '03'] as const;

/** The beginning of a name rather than a name: a separator, a cut-off date or version, or a fine-tune's prefix. */
const FRAGMENT = /[-.@:_/]$|-(?:0|20\d\d)$|^ft:|\.ft/;
/** The version at the end of Amazon's names, which the source's patterns leave off. */
const AMAZON_VERSION = /(?:-v\d+)?:\d+$/;

/** The model that the source itself prices this name as, for this provider. */
export function matchedModel(library: PriceLibrary, providerId: string, name: string): ModelInfo | null {
  return library.calcPrice({}, name, { providerId })?.model ?? null;
}

/** Every explicit name of a model, sorted: what it equals in the source, complete beginnings, and its own id. */
export function explicitNames(library: PriceLibrary, providerId: string, model: ModelInfo): readonly string[] {
  const { exact, partial } = literals(model.match);
  const version = AMAZON_VERSION.exec(model.id)?.[0] ?? '';
  const versioned = version === '' ? [] : partial.map((name) => withVersion(name, version));
  const complete = [...partial, ...versioned].filter((name) => !FRAGMENT.test(name));
  const byHand = (NAMES_BY_HAND[providerId] ?? []).filter((name) => matchedModel(library, providerId, name) === model);
  const own = /[-.@:_/]$/.test(model.id) ? [] : [model.id];
  return [...new Set([...exact.filter((name) => !name.startsWith('ft:')), ...complete, ...byHand, ...own])]
    .filter((name) => objectionToName(name, model) === null && matchedModel(library, providerId, name) === model)
    .toSorted();
}

/** Which dated forms of a name the source takes for this very model, whatever the date; bits of SNAPSHOT_FORMS. */
export function snapshotForms(library: PriceLibrary, providerId: string, name: string, model: ModelInfo): number {
  if (SNAPSHOT_PATTERN.test(name) || name.endsWith('-latest')) return 0;
  const [year, month, day] = MADE_UP_DATE;
  const accepts = (suffix: string): boolean => matchedModel(library, providerId, name + suffix) === model;
  return (
    (accepts(`-${year}${month}${day}`) ? SNAPSHOT_FORMS.compact : 0) |
    (accepts(`@${year}${month}${day}`) ? SNAPSHOT_FORMS.at : 0) |
    (accepts(`-${year}-${month}-${day}`) ? SNAPSHOT_FORMS.dashed : 0)
  );
}

function withVersion(name: string, version: string): string {
  return /-v\d+$/.test(name) ? name + version.replace(/^-v\d+/, '') : name + version;
}

/** The literals of a match: those that are the whole name, and those that are a part of it. Regexes have none. */
function literals(match: MatchLogic): { readonly exact: readonly string[]; readonly partial: readonly string[] } {
  if ('equals' in match) return { exact: [match.equals], partial: [] };
  if ('starts_with' in match) return { exact: [], partial: [match.starts_with] };
  if ('ends_with' in match) return { exact: [], partial: [match.ends_with] };
  if ('contains' in match) return { exact: [], partial: [match.contains] };
  if ('regex' in match) return { exact: [], partial: [] };
  const parts = ('or' in match ? match.or : match.and).map(literals);
  return { exact: parts.flatMap(({ exact }) => exact), partial: parts.flatMap(({ partial }) => partial) };
}
