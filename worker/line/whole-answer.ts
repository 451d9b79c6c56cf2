// An answer in one piece: read whole, metered, settled, and then given to the client exactly as it came.

import type { Amounts } from '../../schema/amounts.ts';
import { isObject, type JsonObject, parseJson } from '../../schema/json.ts';
import type { Failure } from '../../schema/failure.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';
import type { Meter } from '../dialects/dialect.ts';
import { readWhole } from '../metering/whole-body.ts';
import type { Client } from './client.ts';
import type { Deadlines } from './deadlines.ts';
import type { Settlement } from './settlement.ts';

const decoder = new TextDecoder();
const encoder = new TextEncoder();

export interface WholeAnswer {
  readonly response: Response;
  readonly meter: Meter;
  /** Makes the client's answer of the provider's; null hands the provider's on as it came. */
  readonly translate: ((body: JsonObject) => JsonObject | null) | null;
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
  const whole = await readWhole(response);
  inTime();
  if (whole.outcome !== 'whole') {
    const by = pastDeadline ? 'deadline' : client.hasLeft ? 'client_gone' : 'upstream_cut';
    await settlement.end({ kind: 'unknown', by, status: pastDeadline ? 504 : 502 });
    if (pastDeadline) return fail({ reason: 'upstream_timeout', provider, timeoutMs: deadlineMs });
    const message = whole.outcome === 'too_large' ? 'sent an answer that is too large' : 'broke the answer off';
    return fail({ reason: 'upstream_invalid', provider, message });
  }
  settlement.markFirstByte();
  const body = meter.readBytes === undefined ? parseJson(decoder.decode(whole.bytes)) : undefined;
  if (meter.readBytes === undefined) meter.read(body);
  else meter.readBytes(whole.bytes, response.headers.get('content-type') ?? '');
  const report = meter.report();
  const status = response.status;
  const settled = await settlement.end(
    report.state === 'failed'
      ? { kind: 'cut', by: 'upstream_cut', status, report, silentMs: 0 }
      : { kind: 'answered', status, report },
  );
  if (translate === null) return succeed({ bytes: whole.bytes, settled });
  const translated = isObject(body) ? translate(body) : null;
  return translated === null
    ? fail({ reason: 'upstream_invalid', provider, message: 'sent an answer that is none' })
    : succeed({ bytes: encoder.encode(JSON.stringify(translated)), settled });
}
