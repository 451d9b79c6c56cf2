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
const NONE: ReadonlySet<string> = new Set();

export interface WholeAnswer {
  readonly response: Response;
  readonly meter: Meter;
  /** Makes the client's answer of the provider's; null hands the provider's on as it came. */
  readonly translate: ((body: JsonObject) => string | null) | null;
  readonly settlement: Settlement;
  readonly provider: string;
  readonly controller: AbortController;
  readonly client: Client;
  readonly deadlines: Deadlines;
  readonly deadlineMs: number;
}

export interface SettledBody {
  readonly bytes: Uint8Array;
  readonly settled: Amounts;
}

export async function wholeAnswer(answer: WholeAnswer): Promise<Result<SettledBody, Failure>> {
  const { response, meter, translate, settlement, provider, controller, client, deadlines, deadlineMs } = answer;
  let pastDeadline = false;
  const inTime = deadlines.after(deadlineMs, () => {
    pastDeadline = true;
    controller.abort();
  });
  const unneeded = translate === null ? (meter.unneeded ?? NONE) : NONE;
  const whole = await readWhole(response, unneeded.size === 0 ? MAX_ANSWER_BYTES : MAX_UNPARSED_ANSWER_BYTES);
  inTime();
  const text = whole.outcome === 'whole' ? textOf(whole.bytes, unneeded) : null;
  if (whole.outcome !== 'whole' || text === null) {
    const by = pastDeadline ? 'deadline' : client.hasLeft ? 'client_gone' : 'upstream_cut';
    await settlement.end({ kind: 'unknown', by, status: pastDeadline ? 504 : 502 });
    if (pastDeadline) return fail({ reason: 'upstream_timeout', provider, timeoutMs: deadlineMs });
    const message = whole.outcome === 'broken' ? 'broke the answer off' : 'sent an answer that is too large';
    return fail({ reason: 'upstream_invalid', provider, message });
  }
  settlement.markFirstByte();
  const body = parseJson(text);
  if (body === undefined && isWebPage(response, text)) {
    await settlement.end({ kind: 'unbilled', by: 'upstream_failed', status: 502 });
    return fail({ reason: 'upstream_invalid', provider, message: 'answered with a web page, which no model writes' });
  }
  meter.read(body);
  // Of what nobody translates only the bytes are kept while the ledger is asked.
  const original = translate !== null && isObject(body) ? body : null;
  const report = meter.report();
  const status = response.status;
  const settled = await settlement.end(
    report.state === 'failed'
      ? { kind: 'cut', by: 'upstream_cut', status, report, silentMs: 0 }
      : { kind: 'answered', status, report },
  );
  if (translate === null) return succeed({ bytes: whole.bytes, settled });
  const translated = original === null ? null : translate(original);
  return translated === null
    ? fail({ reason: 'upstream_invalid', provider, message: objectionTo(original) })
    : succeed({ bytes: encoder.encode(translated), settled });
}

/** That of a proxy or a portal before the provider. JSON under a wrong name is an answer, and is charged as one. */
function isWebPage({ headers }: Response, text: string): boolean {
  const type = headers.get('content-type')?.toLowerCase() ?? '';
  return type.startsWith('text/html') && text.trimStart().startsWith('<');
}

function objectionTo(body: JsonObject | null): string {
  const words = messageIn(body);
  return words === null ? 'sent an answer that is none' : `answered with an error: ${words}`;
}

/** What the meter reads; null where it is more than there is memory for. */
function textOf(bytes: Uint8Array, unneeded: ReadonlySet<string>): string | null {
  const needed = unneeded.size === 0 ? null : neededText(bytes, unneeded);
  if ((needed ?? bytes).length > MAX_ANSWER_BYTES) return null;
  return needed ?? decoder.decode(bytes);
}
