// Which headers cross the gateway. Upstream: an allow-list, because what the client sends may steer billing or routing.
// To the client: everything but what describes the connection. Pure.

/** Mean the same to every provider. */
const GENERAL = new Set(['accept', 'content-type', 'user-agent', 'idempotency-key', 'x-client-request-id']);
/** What clients and the providers they were made for use between themselves, by prefix and by name. */
const PASSED_PREFIXES = ['anthropic-', 'x-stainless-', 'x-claude-code-', 'x-codex-'];
const PASSED = new Set(['openai-beta', 'x-app', 'originator', 'session-id', 'thread-id', 'x-goog-api-client']);
/** Would bill or read another account than the one the gateway's own credential stands for. */
const HELD_BACK = new Set(['anthropic-workspace-id', 'anthropic-organization-id', 'anthropic-user-profile-id']);

/** Describe the connection to the provider or its session, not the answer. */
const NOT_RETURNED = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'set-cookie',
  'alt-svc',
  'content-length',
  'content-encoding',
  'strict-transport-security',
];

export function requestHeaders(client: Headers): Headers {
  return only(client, (name) => GENERAL.has(name) || isBetweenThem(name));
}

/** Of a call that was translated: its client's versions, betas and sessions say nothing to another provider. */
export function translatedHeaders(client: Headers): Headers {
  return only(client, (name) => GENERAL.has(name));
}

function isBetweenThem(name: string): boolean {
  if (HELD_BACK.has(name)) return false;
  return PASSED.has(name) || PASSED_PREFIXES.some((prefix) => name.startsWith(prefix));
}

function only(client: Headers, passes: (name: string) => boolean): Headers {
  const passed = new Headers();
  for (const [name, value] of client) if (passes(name)) passed.set(name, value);
  // Usage is read from the bytes, so they are asked for as they are.
  passed.set('accept-encoding', 'identity');
  return passed;
}

/** Takes out of a copy of a provider's headers what is not for the client. Each header that is copied alone takes its time. */
export function reduceResponseHeaders(copied: Headers): void {
  for (const name of NOT_RETURNED) copied.delete(name);
}
