// Whose trace a call joins, from what its client says.

import { describe, expect, it } from 'vitest';
import { parseTraceparent } from '../../../worker/telemetry/trace-context.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('traceparent', () => {
  it.each([
    [`00-${TRACE}-${SPAN}-01`, true],
    [`00-${TRACE}-${SPAN}-00`, false],
    [`00-${TRACE}-${SPAN}-03`, true],
    [` 00-${TRACE}-${SPAN}-01 `, true],
    // A later version may say more.
    [`01-${TRACE}-${SPAN}-01-what-comes`, true],
  ])('joins the trace of %j', (header, sampled) => {
    expect(parseTraceparent(header)).toEqual({ traceId: TRACE, parentSpanId: SPAN, sampled });
  });

  it.each([
    null,
    '',
    `ff-${TRACE}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE.slice(1)}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-0g`,
    `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
  ])('begins one of its own where the header is %j', (header) => {
    expect(parseTraceparent(header)).toBeNull();
  });
});
