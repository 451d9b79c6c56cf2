// Spans on their way to a collector: together, never waited for, and not held up by a batch that was lost.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { OtlpSpan } from '../../../worker/telemetry/span.ts';
import { SpanExporter } from '../../../worker/telemetry/span-exporter.ts';

const requests: { readonly url: string; readonly headers: unknown; readonly names: readonly string[] }[] = [];
const notes: string[] = [];
let answer: () => Promise<Response>;

const body = z.object({
  resourceSpans: z.tuple([
    z.object({ scopeSpans: z.tuple([z.object({ spans: z.array(z.object({ name: z.string() })) })]) }),
  ]),
});

beforeEach(() => {
  vi.useFakeTimers();
  requests.length = 0;
  notes.length = 0;
  answer = () => Promise.resolve(new Response('{}'));
  vi.stubGlobal('fetch', (url: string, init: { readonly headers: unknown; readonly body: string }) => {
    const [{ scopeSpans }] = body.parse(JSON.parse(init.body)).resourceSpans;
    requests.push({ url, headers: init.headers, names: scopeSpans[0].spans.map(({ name }) => name) });
    return answer();
  });
  vi.spyOn(console, 'warn').mockImplementation((line: string) => void notes.push(line));
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const settings = { url: 'https://otel.test/v1/traces', headers: { authorization: 'Bearer x' }, serviceName: 'gate' };
const exporter = () => new SpanExporter(settings, () => Date.now());

function span(name: string): OtlpSpan {
  const times = { startTimeUnixNano: '0', endTimeUnixNano: '0' };
  return { traceId: '', spanId: '', flags: 1, name, kind: 3, attributes: [], status: { code: 0 }, ...times };
}

describe('spans', () => {
  it('of one second go together, in the first one’s request', async () => {
    const kept: Promise<unknown>[] = [];
    const spans = exporter();
    for (const name of ['a', 'b', 'c']) spans.add(span(name), (work) => kept.push(work));
    expect(kept).toHaveLength(1);
    await vi.runAllTimersAsync();
    spans.add(span('d'), (work) => kept.push(work));
    await vi.runAllTimersAsync();
    expect(kept).toHaveLength(2);
    expect(requests.map(({ names }) => names)).toEqual([['a', 'b', 'c'], ['d']]);
    expect(requests[0]).toMatchObject({ url: settings.url, headers: { authorization: 'Bearer x' } });
  });

  it('are at most so many a request and a second; more are left out, and that is said', async () => {
    const spans = exporter();
    for (let nth = 0; nth < 2_003; nth += 1) spans.add(span(String(nth)), () => undefined);
    await vi.runAllTimersAsync();
    expect(requests.map(({ names }) => names.length)).toEqual([500, 500, 500, 500]);
    expect(notes.join()).toContain('3 more than 2000 within a second');
  });

  it.each([
    ['that refuses', () => Promise.resolve(new Response('no', { status: 429 })), 'answered 429'],
    ['that is away', () => Promise.reject(new TypeError('connection refused')), 'connection refused'],
  ])('for a collector %s are given up, and that is said', async (_, how, says) => {
    answer = how;
    const kept: Promise<unknown>[] = [];
    exporter().add(span('a'), (work) => kept.push(work));
    await vi.runAllTimersAsync();
    await expect(Promise.all(kept)).resolves.toBeDefined();
    expect(notes.join()).toContain(says);
    expect(requests).toHaveLength(1);
  });

  it('are not held up by a batch whose call was ended', async () => {
    const stopped = setInterval(() => undefined, 1_000);
    clearInterval(stopped);
    vi.spyOn(globalThis, 'setTimeout').mockImplementationOnce(() => stopped);
    const spans = exporter();
    spans.add(span('lost'), () => undefined);
    vi.advanceTimersByTime(29_000);
    spans.add(span('waits'), () => undefined);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(requests).toEqual([]);
    spans.add(span('goes'), () => undefined);
    await vi.runAllTimersAsync();
    expect(requests.map(({ names }) => names)).toEqual([['lost', 'waits', 'goes']]);
  });
});
