// What must be true of a team once everything has come to rest: nothing is held or under way, the record has every call once
// and at its price, every threshold is told, and who can pay is let in.

import { NO_AMOUNTS } from '../../schema/amounts.ts';
import { micros } from '../../schema/micros.ts';
import { isForSource, isKeyInForce, keyOf } from './admission-check.ts';
import { allowedIn, counterOf, grantedTo, sharesOf, windowOf } from './allowance.ts';
import type { Finish } from './history.ts';
import { type NaiveCall, sameVector, toVector } from './naive-ledger.ts';
import { askObject } from './network.ts';
import type { UsageRecord, UsageRow } from './record.ts';
import { must } from './trace.ts';
import type { Witness } from './witness.ts';
import { nthCall, type Team } from './worker.ts';
import type { World } from './world.ts';

const DAY_MS = 24 * 3_600_000;

type Seen = Team & { readonly witness: Witness };

export async function compareAtRest(world: World, team: Seen, record: UsageRecord, finish: Finish): Promise<void> {
  const { object, interview, witness } = team;
  const ledger = await finish(askObject(world, object, (each) => each.ledger()));
  must(ledger !== null, () => 'the object does not answer');
  must(
    ledger.holds === 0 && ledger.outbox === 0,
    () => `at rest with ${ledger.holds} holds, ${ledger.outbox} to deliver`,
  );
  must((ledger.waiting ?? 0) === 0, () => `at rest with ${ledger.waiting} waiting`);
  must(!object.hasAlarm, () => 'at rest with an alarm');

  const rows = record.usage().filter((row) => row.team === object.team);
  compareRows(rows, witness.ledger.calls);
  compareBills(team, rows);
  const prefix = `${object.team}|`;
  const told = record.thresholdIds().flatMap((id) => (id.startsWith(prefix) ? [id.slice(prefix.length)] : []));
  witness.thresholds.compare(told, witness.configurations, witness.nowMs);

  const report = await finish(askObject(world, object, (each) => interview.verify(each, true)));
  must(report !== null, () => 'the object does not verify');
  must(
    report.pending.every(({ events, amounts }) => events === 0 && sameVector(toVector(amounts), toVector(NO_AMOUNTS))),
    () => 'something is pending at rest',
  );
  for (const { dayStartMs, events, amounts } of report.delivered) {
    const ofDay = rows.filter(({ at }) => at >= dayStartMs && at < dayStartMs + DAY_MS);
    const cost = ofDay.reduce((sum, row) => sum + row.cost_micros, 0);
    const tokens = ofDay.reduce((sum, row) => sum + row.input + row.output, 0);
    const isSame = events === ofDay.length && amounts.usd === cost && amounts.tokens === tokens;
    must(isSame, () => `D1 has ${ofDay.length} events for ${cost}/${tokens}, not ${events} ${JSON.stringify(amounts)}`);
  }
  await probe(world, team, finish);
}

function compareRows(rows: readonly UsageRow[], calls: Witness['ledger']['calls']): void {
  const byId = new Map(rows.map((row) => [row.id, row]));
  must(byId.size === rows.length, () => 'an event is stored twice');
  for (const call of calls.values()) {
    const row = byId.get(call.id);
    must(row !== undefined, () => `${call.id} has no event`);
    must(
      isEventOf(row, call),
      () => `${call.id} ended as ${describe(call)}, and its event says ${JSON.stringify(row)}`,
    );
  }
  must(rows.length === calls.size, () => 'there are events of calls that were never admitted');
}

function isEventOf(row: UsageRow, call: NaiveCall): boolean {
  return (
    BigInt(row.cost_micros) === call.settled.usd &&
    row.revision === call.revision &&
    row.outcome === call.outcome &&
    row.estimated === Number(call.estimated) &&
    row.at === call.admittedAtMs &&
    row.user === call.member &&
    row.key === call.key &&
    row.over_budgets === JSON.stringify(call.overBudgets)
  );
}

function describe({ state, settled, revision }: NaiveCall): string {
  return `${state} for ${settled.usd}, revision ${revision}`;
}

/** What a Worker was told was booked is what the provider took. */
function compareBills({ bills }: Team, rows: readonly UsageRow[]): void {
  const costs = new Map(rows.map((row) => [row.id, row.cost_micros]));
  for (const [id, { amounts, said }] of bills) {
    if (said === null || said === 'unknown_call') continue;
    const cost = costs.get(id);
    must(
      cost === (amounts?.usd ?? 0),
      () => `${id} was ${said} for ${amounts?.usd ?? 0}, and is booked for ${cost ?? 0}`,
    );
  }
}

/** Nothing is held, so whoever has room must be let in, and whoever has none must not. */
async function probe(world: World, team: Seen, finish: Finish): Promise<void> {
  const { object, interview, witness } = team;
  for (const [index, id] of team.keys.entries()) {
    const { inForce } = witness;
    const key = inForce?.config.keys.find((each) => each.id === id);
    must(inForce !== null && key !== undefined, () => `${id} is unknown at rest`);
    const most = { usd: micros(100), tokens: 50, requests: 1 };
    const callId = nthCall(object.team, 1_000_000 + index);
    const facts = { model: 'gpt-a', provider: 'p', upstreamModel: 'u', dialect: 'd', stream: false, priceVersion: 'v' };
    const input = {
      callId,
      keyDigest: key.digest,
      ask: { most, least: most, elastic: false },
      lifetimeMs: 1_000,
      facts,
    };
    const isFree = sharesOf(inForce, { member: key.user, key: id, model: 'gpt-a' }).every(({ budget, counted }) => {
      if (budget.enforcement !== 'hard') return true;
      const window = windowOf(inForce, budget.period, witness.nowMs);
      const { settled } = witness.ledger.totalOf(counterOf(budget.id, counted, window.startMs));
      return (
        settled[budget.unit] + BigInt(most[budget.unit]) <=
        allowedIn(witness.ledger, inForce, { budget, counted }, window) +
          grantedTo(inForce, { budget, counted }, witness.nowMs)
      );
    });
    const reply = await finish(askObject(world, object, (ledger) => interview.admit(ledger, input)));
    const { limits, suspended } = inForce.config;
    const isUnhindered =
      limits.length === 0 &&
      suspended.length === 0 &&
      isForSource(key, undefined) &&
      isKeyInForce(keyOf(inForce, key.digest), witness.nowMs);
    const isAdmitted = reply?.outcome === 'admitted';
    must(
      isAdmitted === isFree || !isUnhindered,
      () => `${id} has ${isFree ? '' : 'no '}room and hears ${JSON.stringify(reply)}`,
    );
  }
}
