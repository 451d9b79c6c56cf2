// An answer in one piece: read whole, metered, settled, and then given to the client exactly as it came.

import type { Amounts } from '../../schema/amounts.ts';
import { isObject, type JsonObject, parseJson } from '../../schema/json.ts';
import type { Failure } from '../../schema/failure.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';
import type { Meter } from '../dialects/dialect.ts';
import { neededText } from '../metering/needed-text.ts';
import { MAX_ANSWER_BYTES, MAX_UNPARSED_ANSWER_BYTES, readWhole } from '../metering/whole-body.ts';
import type { Client } from './client.ts';
import type { Deadlines } from './deadlines.ts';
import type { Settlement } from './settlement.ts';
import { messageIn } from './upstream-refusal.ts';

const decoder = new TextDecoder();
const encoder = new TextEncoder();
/** So much of a body tells a web page from JSON. */
const OPENING_BYTES = 1_024;
const NONE: ReadonlySet<string> = new Set();

/** An answer in the client's own dialect. */
export interface Written {
  readonly text: string;
  readonly contentType: string;
}

export interface WholeAnswer {
  readonly response: Response;
  readonly meter: Meter;
  /** Makes the client's answer of the provider's; null hands the provider's on as it came. */
  readonly translate: ((body: JsonObject) => Written | null) | null;
  readonly settlement: Settlement;
  readonly provider: string;
  readonly controller: AbortController;
  readonly client: Client;
  readonly deadlines: Deadlines;
  readonly deadlineMs: number;
}

export interface SettledBody {
  readonly bytes: Uint8Array;
  /** Null where it is the provider's. */
  readonly contentType: string | null;
  readonly settled: Amounts;
}

export async function wholeAnswer(answer: WholeAnswer): Promise<Result<SettledBody, Failure>> {
  const { response, meter, translate, settlement, provider, controller, client, deadlines, deadlineMs } = answer;
  let pastDeadline = false;
  const inTime = deadlines.after(deadlineMs, () => {
    pastDeadline = true;
    controller.abort();
  });
  const contentType = response.headers.get('content-type') ?? '';
  const whole = await readWhole(response, mostBytesOf(meter, contentType, translate !== null));
  inTime();
  if (whole.outcome === 'whole' && isWebPage(contentType, whole.bytes)) {
    await settlement.end({ kind: 'unbilled', by: 'upstream_failed', status: 502 });
    return fail({ reason: 'upstream_invalid', provider, message: 'answered with a web page, which no model writes' });
  }
  const read = whole.outcome === 'whole' ? meterWhole(meter, whole.bytes, contentType, translate !== null) : null;
  if (whole.outcome !== 'whole' || read === null) {
    const by = pastDeadline ? 'deadline' : client.hasLeft ? 'client_gone' : 'upstream_cut';
    await settlement.end({ kind: 'unknown', by, status: pastDeadline ? 504 : 502 });
    if (pastDeadline) return fail({ reason: 'upstream_timeout', provider, timeoutMs: deadlineMs });
    const message = whole.outcome === 'broken' ? 'broke the answer off' : 'sent an answer that is too large';
    return fail({ reason: 'upstream_invalid', provider, message });
  }
  settlement.markFirstByte();
  const report = meter.report();
  const status = response.status;
  const settled = await settlement.end(
    report.state === 'failed'
      ? { kind: 'cut', by: 'upstream_cut', status, report, silentMs: 0 }
      : { kind: 'answered', status, report },
  );
  if (translate === null) return succeed({ bytes: whole.bytes, contentType: null, settled });
  const translated = read.body === null ? null : translate(read.body);
  return translated === null
    ? fail({ reason: 'upstream_invalid', provider, message: objectionTo(read.body) })
    : succeed({ bytes: encoder.encode(translated.text), contentType: translated.contentType, settled });
}

/** That of a proxy or a portal before the provider. JSON under a wrong name is an answer, and is charged as one. */
function isWebPage(contentType: string, bytes: Uint8Array): boolean {
  if (!contentType.toLowerCase().startsWith('text/html')) return false;
  return decoder.decode(bytes.subarray(0, OPENING_BYTES)).trimStart().startsWith('<');
}

function objectionTo(body: JsonObject | null): string {
  const words = messageIn(body);
  return words === null ? 'sent an answer that is none' : `answered with an error: ${words}`;
}

/** An answer of which little or nothing is parsed may be larger. */
function mostBytesOf(meter: Meter, contentType: string, isTranslated: boolean): number {
  const isSparing = meter.readBytes === undefined ? meter.unneeded !== undefined : !/json/i.test(contentType);
  return isSparing && !isTranslated ? MAX_UNPARSED_ANSWER_BYTES : MAX_ANSWER_BYTES;
}

/**
 * Lets the meter read the answer; null where that takes more than there is memory for. The body is kept for a translation
 * alone: of what nobody translates only the bytes are there while the ledger is asked.
 */
function meterWhole(
  meter: Meter,
  bytes: Uint8Array,
  contentType: string,
  isTranslated: boolean,
): { readonly body: JsonObject | null } | null {
  if (meter.readBytes !== undefined) {
    meter.readBytes(bytes, contentType);
    return { body: null };
  }
  const unneeded = isTranslated ? NONE : (meter.unneeded ?? NONE);
  const needed = unneeded.size === 0 ? null : neededText(bytes, unneeded);
  if ((needed ?? bytes).length > MAX_ANSWER_BYTES) return null;
  const body = parseJson(needed ?? decoder.decode(bytes));
  meter.read(body);
  return { body: isTranslated && isObject(body) ? body : null };
}
