// Whether a request comes from Slack: signed with the app's secret, and lately. Nothing of the body is looked at before.

const TOLERANCE_MS = 5 * 60_000;
const TIMESTAMP = /^\d{1,12}$/;
const SIGNATURE = /^v0=(?<hex>[0-9a-f]{64})$/;

const encoder = new TextEncoder();

/** The comparison takes the same time wherever two signatures begin to differ. */
export async function isSignedBySlack(
  headers: Headers,
  body: Uint8Array,
  signingSecret: string,
  nowMs: number,
): Promise<boolean> {
  const timestamp = headers.get('x-slack-request-timestamp') ?? '';
  const hex = SIGNATURE.exec(headers.get('x-slack-signature') ?? '')?.groups?.['hex'];
  if (hex === undefined || !TIMESTAMP.test(timestamp)) return false;
  if (Math.abs(nowMs - Number(timestamp) * 1_000) > TOLERANCE_MS) return false;
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', encoder.encode(signingSecret), algorithm, false, ['verify']);
  const beginning = encoder.encode(`v0:${timestamp}:`);
  const signed = new Uint8Array(beginning.length + body.length);
  signed.set(beginning);
  signed.set(body, beginning.length);
  return crypto.subtle.verify('HMAC', key, bytesOf(hex), signed);
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, place) =>
    Number.parseInt(hex.slice(2 * place, 2 * place + 2), 16),
  );
}
