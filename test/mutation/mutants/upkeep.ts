// Faults in what happens between questions, and in how the parts are put together.

import { inFile, type Mutant } from '../mutant.ts';

export const upkeepMutants: readonly Mutant[] = [
  ...inFile('upkeep', [
    { original: 'this.#alarmAtMs <= atMs', mutated: 'this.#alarmAtMs >= atMs', breaks: 'the alarm is too late' },
    { original: '<= atMs && !isLost', mutated: '<= atMs', breaks: 'a lost alarm stays lost' },
    { original: 'isLost ? nowMs : atMs', mutated: 'atMs', breaks: 'what a lost alarm stood for waits for the next' },
    {
      original: 'ALARM_LOST_AFTER_MS < nowMs',
      mutated: '0 < nowMs',
      breaks: 'a late alarm is set again with every call',
    },
    { original: '    this.#isRinging = true;\n', mutated: '', breaks: 'the proof fails while the alarm is at work' },
    { original: '    this.#isRinging = false;\n', mutated: '', breaks: 'the proof never misses an alarm again' },
    {
      original: 'this.#working.then(() => this.#work())',
      mutated: 'this.#work()',
      breaks: 'the same events are delivered twice at once',
    },
    { original: '      this.#failures = 0;\n', mutated: '', breaks: 'one failure slows deliveries for good' },
    { original: '      this.#failures += 1;\n', mutated: '', breaks: 'a D1 in trouble is asked every second' },
    { original: 'bookkeeping.needsCheckpoint || ', mutated: '', breaks: 'a busy ledger has no checkpoint' },
    { original: ' || this.#isIdle()', mutated: '', breaks: 'an idle ledger has no checkpoint' },
    {
      original: '    this.#alarmAtMs = atMs;\n    this.arm();',
      mutated: '    this.#alarmAtMs = atMs;',
      breaks: 'work without an alarm waits for a caller',
    },
    { original: '      expireHolds();\n', mutated: '', breaks: 'abandoned holds stay' },
  ]),
  ...inFile('agenda', [
    { original: 'hasUndelivered ? deliveryAgenda', mutated: 'false ? deliveryAgenda', breaks: 'events wait for good' },
    { original: 'Math.min(left, right)', mutated: 'Math.max(left, right)', breaks: 'the alarm is too late' },
    {
      original: 'isBehind ? nowMs',
      mutated: 'false ? nowMs',
      breaks: 'no alarm makes an idle ledger write its checkpoint',
    },
  ]),
  ...inFile('outbox', [
    { original: 'Math.floor(this.#maxEvents / 2)', mutated: 'this.#maxEvents', breaks: 'a large batch is stuck' },
    { original: 'this.#maxEvents * 2)', mutated: 'this.#maxEvents)', breaks: 'batches stay small for good' },
    {
      original: '    journal.markDelivered(delivery.pages);\n',
      mutated: '',
      breaks: 'all is delivered again and again',
    },
    {
      original: 'for (const call of delivery.ended) days.noteDelivered(call);',
      mutated: '',
      breaks: 'the sums by day lack what was delivered',
    },
    {
      original: 'cost: row.settled.usd',
      mutated: 'cost: row.held.usd',
      breaks: 'the record has the hold for the cost',
    },
    { original: 'atMs: row.admittedAtMs', mutated: 'atMs: row.endedAtMs', breaks: 'an event is of the wrong time' },
    {
      original: 'revision: row.revision',
      mutated: 'revision: 0',
      breaks: 'D1 keeps the guess and drops the correction',
    },
  ]),
  ...inFile('ledger', [
    {
      original: 'this.#lastMs = Math.max(this.#lastMs, this.#tools.now())',
      mutated: 'this.#lastMs = this.#tools.now()',
      breaks: 'time goes back',
    },
    {
      original: "if (this.#givenBack.has(input.callId)) return { outcome: 'admission_conflict' };",
      mutated: '',
      breaks: 'a call that was given back holds after all',
    },
    {
      original: 'before.version >= version',
      mutated: 'before.version > version',
      breaks: 'a configuration counts twice',
    },
    { original: 'before.version >= version', mutated: 'false', breaks: 'a late configuration undoes a newer one' },
    {
      original: "      await this.#bookkeeping.written();\n      return { outcome: 'withdrawn' };",
      mutated: "      return { outcome: 'withdrawn' };",
      breaks: 'those behind a withdrawn call wait on',
    },
    {
      original: "if (decision.reply.outcome === 'unknown_call') this.#refuseLateAdmission(input.callId);",
      mutated: '',
      breaks: 'a release that overtakes its admission leaves a hold',
    },
    {
      original: '    store.atomically(() => {\n',
      mutated: '    [0].forEach(() => {\n',
      breaks: 'a configuration is stored whose thresholds the disk refused',
    },
    {
      original: '    this.#reached(this.#allCharges(), roster);\n  }',
      mutated: '  }',
      breaks: 'thresholds are told again after a restart',
    },
    {
      original: 'reached.filter((event) => isRunning(roster, event, nowMs))',
      mutated: 'reached',
      breaks: 'thresholds of windows that are over are told',
    },
    {
      original: '      if (decision.put !== null) this.#put(decision.put);\n',
      mutated: '',
      breaks: 'a call that was let in holds nothing',
    },
    {
      original: '    if (put !== null) this.#put(put);\n    // A write',
      mutated: '    // A write',
      breaks: 'a call that was let in at the end of its patience holds nothing',
    },
  ]),
];
