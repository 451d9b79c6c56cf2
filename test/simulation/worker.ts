// A Worker with one call: asks for admission, sends it to a provider that keeps its own bill, and tells the ledger how it
// ended. Clients leave, Workers die, answers are lost; it does what the gateway does about each.

import type { Ledger } from '../../durable-objects/ledger/ledger.ts';
import { type Amounts, leastOf } from '../../schema/amounts.ts';
import { type CallId, callId, type KeyId, type TeamId } from '../../schema/ids.ts';
import type { AdmitInput, AdmitReply, ReleaseReply, SettleReply } from '../../schema/ledger.ts';
import { micros } from '../../schema/micros.ts';
import type { CallEnding, CallOutcome } from '../../schema/usage-event.ts';
import { NO_USAGE } from '../../schema/usage.ts';
import { digestOf } from './configuration.ts';
import { MODELS } from './made-up-team.ts';
import type { SimulatedObject } from './durable-object.ts';
import type { Interview } from './interview.ts';
import { askObject, tellObject } from './network.ts';
import type { World } from './world.ts';

export interface Team {
  readonly object: SimulatedObject;
  readonly interview: Interview;
  readonly keys: readonly KeyId[];
  /** What each call came to, to the knowledge of its provider and its Worker. */
  readonly bills: Map<CallId, Bill>;
}

export interface Bill {
  /** What the provider took for it; null where it took nothing. */
  readonly amounts: Amounts | null;
  /** What the ledger said to it; null where nobody heard. */
  said: (SettleReply | ReleaseReply)['outcome'] | null;
}

export function nthCall(team: TeamId, nth: number): CallId {
  return callId(`req_${team.charAt(0)}${String(nth).padStart(25, '0')}`);
}

export function drawAdmission(world: World, team: Team, id: CallId): AdmitInput {
  const { random } = world;
  const most = { usd: micros(random.between(0, 600)), tokens: random.between(0, 400), requests: 1 };
  const some = { usd: micros(random.between(0, 300)), tokens: random.between(0, 200), requests: 1 };
  const patienceMs = random.pick([0, 0, 500, 3_000]);
  return {
    callId: id,
    keyDigest: random.chance(0.02) ? 'digest-of-nobody' : digestOf(random.pick(team.keys)),
    ...random.pick([{}, { source: '10.1.2.3' }, { source: '192.0.2.1' }]),
    ask: { most, least: leastOf(most, some), elastic: random.chance(0.3) },
    lifetimeMs: random.pick([2_000, 10_000, 60_000]),
    ...(random.chance(world.faults.olderWorker) ? {} : { patienceMs }),
    facts: {
      model: random.pick(MODELS),
      provider: 'p',
      upstreamModel: 'u',
      dialect: 'openai-chat',
      stream: random.chance(0.5),
      priceVersion: 'v',
    },
  };
}

export async function makeCall(world: World, team: Team, input: AdmitInput): Promise<void> {
  const { random, faults } = world;
  const { object, interview } = team;
  const name = input.callId.slice(-8);
  const { most } = input.ask;
  world.note(`${name} asks for ${most.usd}/${most.tokens} of ${object.team}, waits ${input.patienceMs ?? 0}`);
  const asked = askObject(world, object, (ledger) => admitUnlessOld(interview, ledger, input), input.patienceMs);
  const leaves = random.chance(0.1);
  if (leaves) void withdraw(world, team, input.callId, asked, random.pick([0, 1, 5, random.between(0, 3_000)]));
  const reply = await asked;
  world.note(`${name} hears ${reply === null ? 'nothing' : describe(reply)}`);
  if (leaves) return;
  if (reply === null) {
    await giveBack(world, team, input.callId, 'upstream_failed');
    return;
  }
  if (reply.outcome !== 'admitted' && reply.outcome !== 'already_admitted') return;
  if (random.chance(faults.deadWorker)) return;
  await world.sleep(
    random.weighted([
      [6, random.between(5, 900)],
      [3, random.between(1_000, 15_000)],
      [1, 70_000],
    ]),
  );
  await end(world, team, input, reply.held);
}

/** What the provider took, as often as not above or below what was held; an elastic call is capped by its hold. */
function drawBill(world: World, { ask }: AdmitInput, held: Amounts): Amounts | null {
  const { random } = world;
  const kind = random.weighted([
    [5, 'less'],
    [2, 'equal'],
    [2, 'more'],
    [1, 'nothing'],
  ] as const);
  if (kind === 'nothing') return null;
  if (kind === 'equal' || (kind === 'more' && ask.elastic)) return held;
  const share = kind === 'less' ? random.next() : 1 + random.next();
  const usd = micros(Math.floor(held.usd * share));
  return { usd, tokens: Math.floor(held.tokens * share), requests: 1 };
}

async function end(world: World, team: Team, input: AdmitInput, held: Amounts): Promise<void> {
  const { random, faults } = world;
  const { object, interview } = team;
  const { callId: id } = input;
  const amounts = drawBill(world, input, held);
  const bill: Bill = { amounts, said: null };
  team.bills.set(id, bill);
  if (random.chance(faults.deadWorker)) return;
  world.note(`${id.slice(-8)} came to ${amounts === null ? 'nothing' : `${amounts.usd}/${amounts.tokens}`}`);
  const ending = endingOf(amounts === null ? 'upstream_refused' : 'completed', 200, amounts?.tokens);
  const tell = (ledger: Ledger): Promise<SettleReply | ReleaseReply> =>
    amounts === null
      ? interview.release(ledger, { callId: id, ending })
      : interview.settle(ledger, { callId: id, amounts, ending });
  const reply = await tellObject(world, object, tell);
  bill.said = reply?.outcome ?? null;
  world.note(`${id.slice(-8)} hears ${reply?.outcome ?? 'nothing'}`);
  if (reply === null) return;
  // Whatever is said after that changes nothing: the same again, or something else.
  if (random.chance(reply.outcome === 'settled_late' ? 0.5 : 0.1)) {
    await world.sleep(random.between(0, 110_000));
    world.note(`${id.slice(-8)} is told again`);
    await askObject(world, object, tell);
  }
  if (amounts === null || !random.chance(0.1)) return;
  const other = { ...amounts, usd: micros(amounts.usd + 1) };
  await askObject(world, object, (ledger) => interview.settle(ledger, { callId: id, amounts: other, ending }));
  await askObject(world, object, (ledger) => interview.release(ledger, { callId: id, ending }));
}

async function withdraw(
  world: World,
  team: Team,
  id: CallId,
  asked: Promise<AdmitReply | null>,
  delayMs: number,
): Promise<void> {
  await world.sleep(delayMs);
  world.note(`${id.slice(-8)} leaves`);
  await giveBack(world, team, id, 'client_gone');
  const reply = await asked;
  const surelyNoHold = reply !== null && (reply.outcome === 'refused' || reply.outcome === 'admission_conflict');
  if (!surelyNoHold) await giveBack(world, team, id, 'client_gone');
}

async function giveBack(world: World, { object, interview }: Team, id: CallId, outcome: CallOutcome): Promise<void> {
  const ending = endingOf(outcome, 499);
  await tellObject(world, object, (ledger) => interview.release(ledger, { callId: id, ending }));
}

/** An id that the ledger may have forgotten would be a new call to it; no message is under way for that long. */
function admitUnlessOld(interview: Interview, ledger: Ledger, input: AdmitInput): Promise<AdmitReply> {
  if (interview.isForgotten(input.callId)) return Promise.reject(new Error('this message was under way for too long'));
  return interview.admit(ledger, input);
}

function endingOf(outcome: CallOutcome, status: number, tokens = 0): CallEnding {
  const output = Math.floor(tokens / 3);
  const usage = { ...NO_USAGE, input: tokens - output, output };
  return { outcome, status, usage, estimated: false, latencyMs: 1, ttfbMs: null };
}

function describe(reply: AdmitReply): string {
  switch (reply.outcome) {
    case 'admitted':
    case 'already_admitted':
      return `${reply.outcome} ${reply.held.usd}/${reply.held.tokens}`;
    case 'refused':
      return 'budget' in reply ? `${reply.reason} by ${reply.budget.id}` : reply.reason;
    case 'admission_conflict':
      return reply.outcome;
  }
}
