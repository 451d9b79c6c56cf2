// GET /ask: a page to ask for more on, with what was refused filled in by whoever links to it, in the part of the address
// that no server sees. The page itself is the same for everybody and knows nothing.

import { pageText } from './markup.ts';
import { pageScript } from './script.ts';

const NONCE_BYTES = 16;

/** It may run its own script and talk to its own origin; nothing may frame it. */
export function askPage(): Response {
  const nonce = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(NONCE_BYTES))));
  return new Response(pageText(nonce, pageScript), {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': [
        "default-src 'none'",
        `style-src 'nonce-${nonce}'`,
        `script-src 'nonce-${nonce}'`,
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
      ].join('; '),
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    },
  });
}
