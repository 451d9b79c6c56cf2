// What the path of a Gemini request says, as in /v1beta/models/gemini-2.5-pro:generateContent. Names may be encoded.

const OPERATIONS: ReadonlySet<string> = new Set([
  'generateContent',
  'streamGenerateContent',
  'countTokens',
  'embedContent',
  'batchEmbedContents',
]);

/** The model and what is asked for; null where the path names no model, or nothing that is offered here. */
export function geminiEntrance(url: string): { readonly operation: string; readonly pathModel: string } | null {
  const name = geminiModel(url);
  const colon = name.lastIndexOf(':');
  const operation = name.slice(colon + 1);
  const pathModel = name.slice(0, Math.max(0, colon));
  return pathModel !== '' && OPERATIONS.has(operation) ? { operation, pathModel } : null;
}

/** All that stands behind "models/"; empty where it is not encoded properly. */
export function geminiModel(url: string): string {
  const { pathname } = new URL(url);
  const encoded = pathname.slice(pathname.indexOf('/models/') + '/models/'.length);
  try {
    return decodeURIComponent(encoded);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return '';
  }
}
