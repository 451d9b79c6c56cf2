// The questions of a call as they reach the object, each with its answer checked: what the ledger says must be what it wrote,
// and what it refuses must be refusable.

import type { Ledger } from '../../durable-objects/ledger/ledger.ts';
import type {
  AdmitInput,
  AdmitReply,
  ReleaseInput,
  ReleaseReply,
  SettleInput,
  SettleReply,
  VerifyReport,
} from '../../schema/ledger.ts';
import type { CallId } from '../../schema/ids.ts';
import { units } from '../../schema/amounts.ts';
import { wrongWithRefusal } from './admission-check.ts';
import { type NaiveCall, sameVector, toVector } from './naive-ledger.ts';
import { must } from './trace.ts';
import type { Asked, Witness } from './witness.ts';
import type { World } from './world.ts';

/** How long an ended call is remembered at least, by the ledger's clock. */
const REMEMBERED_MS = 2 * 60_000;
const EXPIRED_REMEMBERED_MS = 24 * 3_600_000;
/** True only with alarms that ring in time. */
const DEPENDS_ON_ALARMS = new Set(['no hold outlives its time', 'an alarm is set while there is work']);

export class Interview {
  readonly #world: World;
  readonly #witness: Witness;
  /** Calls that somebody gives back, by the life that heard it. */
  readonly #givenBack = new Map<CallId, number>();

  constructor(world: World, witness: Witness) {
    this.#world = world;
    this.#witness = witness;
  }

  async admit(ledger: Ledger, input: AdmitInput): Promise<AdmitReply> {
    const witness = this.#witness;
    const before = ledger.ledger();
    const asked: Asked = {
      input,
      atMs: witness.nowMs,
      life: witness.life,
      fromPuts: witness.ledger.puts,
      wasKnown: witness.ledger.calls.has(input.callId),
      othersWaited: false,
      configurations: witness.configurations.length,
      waits: false,
    };
    witness.asked.set(input.callId, [...(witness.asked.get(input.callId) ?? []), asked]);
    const answer = ledger.admit(input);
    const after = ledger.ledger();
    const version = witness.inForce?.version ?? 0;
    await this.#world.guardAnswer(async () => {
      const [{ waiting: waitedBefore = 0 }, { waiting = 0 }] = await Promise.all([before, after]);
      asked.othersWaited = waitedBefore > 0;
      if (waiting > waitedBefore) witness.waiting.enter(input, asked.atMs, version);
      asked.waits = witness.waiting.has(input.callId);
    });
    const reply = await answer;
    if (witness.life !== asked.life) return reply;
    if (asked.waits) witness.waiting.leave(input.callId);
    this.#world.guard(() => this.#checkAdmission(asked, reply));
    return reply;
  }

  async settle(ledger: Ledger, input: SettleInput): Promise<SettleReply> {
    const witness = this.#witness;
    const { life } = witness;
    witness.settlements.set(input.callId, [...(witness.settlements.get(input.callId) ?? []), input]);
    const reply = await ledger.settle(input);
    if (witness.life === life) this.#world.guard(() => this.#checkSettlement(input, reply));
    return reply;
  }

  async release(ledger: Ledger, input: ReleaseInput): Promise<ReleaseReply> {
    const { life } = this.#witness;
    this.#givenBack.set(input.callId, life);
    const reply = await ledger.release(input);
    if (this.#witness.life === life) this.#world.guard(() => this.#checkRelease(input, reply));
    return reply;
  }

  async verify(ledger: Ledger, alarmsWork: boolean): Promise<VerifyReport> {
    const { life, inForce } = this.#witness;
    const report = await ledger.verify();
    if (this.#witness.life !== life || inForce === null) return report;
    this.#world.guard(() => {
      for (const { name, ok, detail } of report.checks) {
        must(ok || (!alarmsWork && DEPENDS_ON_ALARMS.has(name)), () => `verify: ${name}: ${detail}`);
      }
    });
    return report;
  }

  /** A call that ended so long ago that its id may be taken for a new one. */
  isForgotten(call: CallId): boolean {
    const known = this.#witness.ledger.calls.get(call);
    return known !== undefined && known.state !== 'held' && this.#isOld(known);
  }

  #isOld({ state, endedAtMs }: NaiveCall): boolean {
    return this.#witness.nowMs - endedAtMs >= (state === 'expired' ? EXPIRED_REMEMBERED_MS : REMEMBERED_MS);
  }

  #checkAdmission(asked: Asked, reply: AdmitReply): void {
    const { input } = asked;
    const call = this.#witness.ledger.calls.get(input.callId);
    switch (reply.outcome) {
      case 'admitted':
      case 'already_admitted':
        must(call !== undefined, () => `${input.callId} is ${reply.outcome}, and that is not written`);
        must(sameVector(call.held, toVector(reply.held)), () => `${input.callId} holds something else`);
        must(call.member === reply.member && call.key === reply.key, () => `${input.callId} is somebody else's`);
        return;
      case 'admission_conflict':
        must(this.#mayConflict(asked), () => `${input.callId} conflicts with nothing`);
        return;
      case 'refused':
        must(!asked.wasKnown, () => `${input.callId} is refused, and was admitted`);
        // One that was withdrawn while it waited hears at once what it would have heard; nobody listens any more.
        if (asked.waits && this.#givenBack.get(input.callId) === asked.life) return;
        this.#checkRefusal(asked, reply);
    }
  }

  /** The same question again never conflicts, even where its key has ended since: only its own release can have come first. */
  #mayConflict({ input, life }: Asked): boolean {
    return this.#givenBack.get(input.callId) === life;
  }

  #checkRefusal(asked: Asked, reply: Extract<AdmitReply, { readonly outcome: 'refused' }>): void {
    const { ledger, configurations, nowMs } = this.#witness;
    const span = {
      fromPuts: asked.fromPuts,
      toPuts: ledger.puts,
      fromMs: asked.atMs,
      toMs: nowMs,
      mayYield: asked.waits || asked.othersWaited,
    };
    const last = asked.waits ? configurations.length : asked.configurations;
    const possible = asked.configurations === 0 ? [null] : configurations.slice(asked.configurations - 1, last);
    const wrongs = possible.map((each) => wrongWithRefusal(ledger, each, asked.input, reply, span));
    must(wrongs.includes(null), () => `${asked.input.callId} refused ${reply.reason}: ${wrongs.join(', or ')}`);
  }

  #checkSettlement({ callId, amounts }: SettleInput, reply: SettleReply): void {
    const call = this.#witness.ledger.calls.get(callId);
    const isSame = call !== undefined && sameVector(call.settled, toVector(amounts));
    switch (reply.outcome) {
      case 'settled':
      case 'settled_late': {
        must(call?.state === 'settled' && isSame, () => `${callId} is ${reply.outcome}, and that is not written`);
        must((call.revision === 1) === (reply.outcome === 'settled_late'), () => `${callId} was not late`);
        for (const unit of units) {
          const above = call.settled[unit] - call.held[unit];
          must(BigInt(reply.overage[unit]) === (above > 0n ? above : 0n), () => `${callId} has another overage`);
        }
        return;
      }
      case 'already_settled':
        must(call?.state === 'settled' && isSame, () => `${callId} was not settled so`);
        return;
      case 'settle_conflict':
        must(call?.state === 'released' || (call?.state === 'settled' && !isSame), () => `${callId} has no conflict`);
        return;
      case 'unknown_call':
        must(this.#mayBeUnknown(call), () => `${callId} is forgotten too early`);
    }
  }

  #checkRelease({ callId }: ReleaseInput, reply: ReleaseReply): void {
    const call = this.#witness.ledger.calls.get(callId);
    switch (reply.outcome) {
      case 'released':
      case 'already_released':
        must(call?.state === 'released', () => `${callId} was not released`);
        return;
      case 'released_late':
        must(call?.state === 'released' && call.revision === 1, () => `${callId} was not late`);
        return;
      case 'release_conflict':
        must(call?.state === 'settled', () => `${callId} has no conflict`);
        return;
      case 'withdrawn':
        must(call === undefined, () => `${callId} is withdrawn, and was admitted`);
        this.#witness.refusedLater.set(callId, this.#witness.life);
        return;
      case 'unknown_call':
        must(this.#mayBeUnknown(call), () => `${callId} is forgotten too early`);
        this.#witness.refusedLater.set(callId, this.#witness.life);
    }
  }

  #mayBeUnknown(call: NaiveCall | undefined): boolean {
    return call === undefined || (call.state !== 'held' && this.#isOld(call));
  }
}
