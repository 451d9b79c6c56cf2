// Where clients put their key. It finds the text and does not judge it.

/** Three parts of base64url, of which the first is an object: a signed token, and no key or admin token. */
const TOKEN_PATTERN = /^eyJ[\w-]*\.[\w-]*\.[\w-]*$/;
const BEARER_PATTERN = /^bearer +(?<token>\S+) *$/i;

/**
 * The credential of a request, or null. `x-api-key` goes before `Authorization` as at Anthropic, whose clients may send
 * both; then the headers of Azure and Google; last the query parameter `key` of Gemini.
 */
export function credentialOf(headers: Headers, search: string): string | null {
  return (
    present(headers.get('x-api-key')) ??
    bearerToken(headers) ??
    present(headers.get('api-key')) ??
    present(headers.get('x-goog-api-key')) ??
    (search === '' ? null : present(new URLSearchParams(search).get('key')))
  );
}

/** The token of `Authorization: Bearer …`, or null. */
export function bearerToken(headers: Headers): string | null {
  return BEARER_PATTERN.exec(headers.get('authorization') ?? '')?.groups?.['token'] ?? null;
}

export function looksLikeToken(text: string): boolean {
  return TOKEN_PATTERN.test(text);
}

/** What Cloudflare Access says of whoever came through it. That it is there proves nothing: it has to be verified. */
export function accessAssertion(headers: Headers): string | null {
  return present(headers.get('cf-access-jwt-assertion'));
}

function present(text: string | null): string | null {
  const trimmed = text?.trim() ?? '';
  return trimmed === '' ? null : trimmed;
}
