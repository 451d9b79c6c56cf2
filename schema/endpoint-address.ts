// Whether a message may be sent to an address at all. Endpoints are written by admins and kept in a table: neither may lead
// the gateway to what only it can reach. Pure; where a name leads, it cannot know.

const MAX_URL_LENGTH = 2_000;
const PORTS = new Set(['', '443', '8443']);

/** Names that are somebody's own network, by standard or by habit. */
const OWN_NETWORK =
  /(?:^|\.)(?:localhost|local|localdomain|internal|intranet|private|corp|home|lan|home\.arpa|onion|test)$/;
/** As the parser writes every form of one: decimal, octal, hexadecimal, short or with wide digits. */
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;
/** Public names whose answers are addresses written in the name itself. */
const ADDRESS_IN_NAME = /(?:^|\.)(?:nip\.io|sslip\.io|localtest\.me|lvh\.me)$/;

/** What is wrong with it, to go behind the field's name; null if nothing is. */
export function addressProblem(text: string, allowPrivate: boolean): string | null {
  if (text.length > MAX_URL_LENGTH) return `must be at most ${MAX_URL_LENGTH} characters`;
  const url = URL.parse(text);
  if (url === null) return 'must be a URL such as "https://hooks.example.com/headgate"';
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or a password';
  if (allowPrivate) return ['http:', 'https:'].includes(url.protocol) ? null : 'must begin with http:// or https://';
  if (url.protocol !== 'https:') return 'must begin with https://';
  if (!PORTS.has(url.port)) return 'must be at port 443 or 8443';
  return hostProblem(url.hostname.replace(/\.+$/, ''));
}

/** Addresses are refused whole: which of them are public is a long list, and endpoints of the public have names. */
function hostProblem(host: string): string | null {
  if (host.startsWith('[') || IPV4.test(host)) return 'must name its host, and not by an address';
  const isPublic = host.includes('.') && !OWN_NETWORK.test(host) && !ADDRESS_IN_NAME.test(host);
  return isPublic ? null : 'must be at a host that the whole internet can reach';
}
