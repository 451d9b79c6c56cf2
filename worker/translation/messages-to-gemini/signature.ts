// A call's signature on its way through an Anthropic client: as that of the thoughts before the call, which these clients send
// back as they came. Marked, so that those of other models' thoughts do not go to Gemini. Pure.

const MARK = 'gemini:';

export function shownSignature(signature: string): string {
  return MARK + signature;
}

/** Null for the signature of another model, or none. */
export function ownSignature(shown: string | null): string | null {
  return shown !== null && shown.length > MARK.length && shown.startsWith(MARK) ? shown.slice(MARK.length) : null;
}
