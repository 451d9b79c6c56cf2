// Sends spans to a collector over OTLP, many in one request. Telemetry is never waited for, never tried again and never kept
// for long: what is exact is in the ledger.

import { note } from '../../schema/operator-log.ts';
import type { TelemetrySettings } from '../../schema/telemetry-settings.ts';
import type { OtlpSpan } from './span.ts';

/** How long the first span of a batch waits for company. */
const GATHER_MS = 1_000;
const TIMEOUT_MS = 10_000;
/** A batch whose call was ended by the platform is not waited for any longer. */
const LOST_AFTER_MS = 30_000;
/** More than that in a second are left out, and counted. */
const MAX_SPANS = 2_000;
const MAX_SPANS_A_REQUEST = 500;
const SCHEMA_URL = 'https://opentelemetry.io/schemas/1.41.1';

/** The isolate's own: spans of all its calls go together. */
export class SpanExporter {
  readonly #settings: TelemetrySettings;
  #waiting: OtlpSpan[] = [];
  #leftOut = 0;
  readonly #now: () => number;
  #gatheringSinceMs: number | null = null;

  constructor(settings: TelemetrySettings, now: () => number) {
    this.#settings = settings;
    this.#now = now;
  }

  /** `keepAlive` is of the call that the span is of; the first of a batch sends it. */
  add(span: OtlpSpan, keepAlive: (work: Promise<unknown>) => void): void {
    if (this.#waiting.length < MAX_SPANS) this.#waiting.push(span);
    else this.#leftOut += 1;
    const nowMs = this.#now();
    if (this.#gatheringSinceMs !== null && nowMs - this.#gatheringSinceMs < LOST_AFTER_MS) return;
    this.#gatheringSinceMs = nowMs;
    keepAlive(this.#sendSoon());
  }

  async #sendSoon(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
    const spans = this.#waiting;
    const leftOut = this.#leftOut;
    this.#waiting = [];
    this.#leftOut = 0;
    this.#gatheringSinceMs = null;
    if (leftOut > 0) note({ event: 'spans_not_sent', error: `${leftOut} more than ${MAX_SPANS} within a second` });
    for (let start = 0; start < spans.length; start += MAX_SPANS_A_REQUEST) {
      await this.#send(spans.slice(start, start + MAX_SPANS_A_REQUEST));
    }
  }

  async #send(spans: readonly OtlpSpan[]): Promise<void> {
    const { url, headers, serviceName } = this.#settings;
    const resource = { attributes: [{ key: 'service.name', value: { stringValue: serviceName } }] };
    const scopeSpans = [{ scope: { name: 'headgate' }, schemaUrl: SCHEMA_URL, spans }];
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans }] }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
        redirect: 'manual',
      });
      await response.body?.cancel();
      if (!response.ok)
        note({ event: 'spans_not_sent', error: `${spans.length}: the collector answered ${response.status}` });
    } catch (error) {
      note({ event: 'spans_not_sent', error });
    }
  }
}
