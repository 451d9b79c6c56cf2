// When the ledger wakes up: by a timer while its memory lives, by the alarm whatever happens.

import { describe, expect, test } from 'vitest';
import { agendaOf, deliveryAgenda, type Outlook } from '../../../durable-objects/ledger/agenda.ts';

const MINUTE_MS = 60_000;
const idle: Outlook = { nextExpiryMs: null, hasUndelivered: false, failures: 0, isBehind: false };

describe('the next wake-up', () => {
  test('is never without work', () => {
    expect(agendaOf(idle, 5)).toEqual({ timerMs: null, alarmMs: null });
  });

  test('is an alarm for the first hold to expire, or at once when it is late', () => {
    expect(agendaOf({ ...idle, nextExpiryMs: 3_000 }, 1_000)).toEqual({ timerMs: null, alarmMs: 3_000 });
    expect(agendaOf({ ...idle, nextExpiryMs: 3_000 }, 9_000)).toEqual({ timerMs: null, alarmMs: 9_000 });
  });

  test('is a timer of a second for an event that waits, with an alarm behind it in case memory is lost', () => {
    expect(agendaOf({ ...idle, hasUndelivered: true }, 1_000)).toEqual({ timerMs: 2_000, alarmMs: 121_000 });
    const withHold = { ...idle, hasUndelivered: true, nextExpiryMs: 30_000 };
    expect(agendaOf(withHold, 1_000)).toEqual({ timerMs: 2_000, alarmMs: 30_000 });
  });

  test('is the alarm alone after a failure: later after each, and never more than a minute away', () => {
    expect(deliveryAgenda(1, 0)).toEqual({ timerMs: null, alarmMs: 2_000 });
    expect(deliveryAgenda(3, 0)).toEqual({ timerMs: null, alarmMs: 8_000 });
    expect(deliveryAgenda(6, 0)).toEqual({ timerMs: null, alarmMs: MINUTE_MS });
    expect(deliveryAgenda(10_000, 0)).toEqual({ timerMs: null, alarmMs: MINUTE_MS });
  });

  test('is an alarm for a journal that no checkpoint stands for yet', () => {
    expect(agendaOf({ ...idle, isBehind: true }, 0)).toEqual({ timerMs: null, alarmMs: 2 * MINUTE_MS });
  });
});
