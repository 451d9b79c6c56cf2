// Where a request came from. On Cloudflare the edge writes the header itself, whatever a client sends.

/** An address of IPv4 or IPv6; null where nobody says. */
export function sourceOf(headers: Headers): string | null {
  return headers.get('cf-connecting-ip');
}
