// The secret that a webhook's messages are signed with: made here, shown once, and at rest only sealed, since a digest could
// not sign. Whoever has the database alone can neither read nor exchange it.

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const PREFIX = 'whsec_';
const SECRET_BYTES = 32;
const NONCE_BYTES = 12;
/** What the deployment's key is used for here; another use would say something else. */
const PURPOSE = encoder.encode('headgate webhook secrets');
const NO_SALT = new Uint8Array();
const CIPHER = 'AES-GCM';

/** In the form of Standard Webhooks. */
export function newSecret(): string {
  return PREFIX + base64(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)));
}

/** Seals for one name: on the row of another it cannot be opened. */
export async function seal(deploymentKey: string, name: string, secret: string): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const cipher = { name: CIPHER, iv, additionalData: encoder.encode(name) };
  const sealed = await crypto.subtle.encrypt(cipher, await sealingKey(deploymentKey), encoder.encode(secret));
  return `${base64(iv)}.${base64(new Uint8Array(sealed))}`;
}

/** Null for what was not sealed so, by this key and for this name. */
export async function unseal(deploymentKey: string, name: string, text: string): Promise<string | null> {
  const [iv = '', sealed = ''] = text.split('.');
  const key = await sealingKey(deploymentKey);
  try {
    const cipher = { name: CIPHER, iv: bytes(iv), additionalData: encoder.encode(name) };
    return decoder.decode(await crypto.subtle.decrypt(cipher, key, bytes(sealed)));
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}

async function sealingKey(deploymentKey: string): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey('raw', encoder.encode(deploymentKey), 'HKDF', false, ['deriveKey']);
  const derivation = { name: 'HKDF', hash: 'SHA-256', salt: NO_SALT, info: PURPOSE };
  return crypto.subtle.deriveKey(derivation, material, { name: CIPHER, length: 256 }, false, ['encrypt', 'decrypt']);
}

function base64(raw: Uint8Array): string {
  return btoa(String.fromCharCode(...raw));
}

function bytes(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
