// TeamBudget: the strongly consistent counter of one team. It gives the ledger an object's storage, clock and alarm, and
// hands every question on; there is no rule and no SQL here.

import { DurableObject } from 'cloudflare:workers';
import { decode, type Encoded, encode } from '../schema/encoded.ts';
import type {
  AdmitInput,
  AdmitReply,
  ConfigureInput,
  ConfigureReply,
  ForgetInput,
  ForgetReply,
  IdentifyReply,
  LedgerReport,
  ReleaseInput,
  ReleaseReply,
  SettleInput,
  SettleReply,
  StandingReply,
  TeamLedgerRpc,
  VerifyReport,
} from '../schema/ledger.ts';
import { note } from '../schema/operator-log.ts';
import { usageBindings } from '../schema/usage-bindings.ts';
import { deliver } from './ledger/d1-sink.ts';
import { objectDatabase } from './ledger/database.ts';
import { Ledger } from './ledger/ledger.ts';
import { Store } from './ledger/store.ts';

interface LedgerBindings {
  readonly DB: D1Database;
  readonly [variable: string]: unknown;
}

export class TeamBudget extends DurableObject<LedgerBindings> implements TeamLedgerRpc {
  readonly #ledger: Ledger;

  constructor(context: DurableObjectState, bindings: LedgerBindings) {
    super(context, bindings);
    const { storage } = context;
    const team = context.id.name;
    const databases = usageBindings(bindings);
    this.#ledger = new Ledger({
      store: new Store(objectDatabase(storage)),
      sink: (batch) => deliver(databases, batch),
      now: () => Date.now(),
      timer: (delayMs, work) => {
        const timer = setTimeout(work, delayMs);
        return () => clearTimeout(timer);
      },
      setAlarm: (atMs) => void storage.setAlarm(atMs),
      giveUp: (error) => {
        note({ event: 'ledger_write_failed', team, error });
        context.abort('rows could not be written');
      },
      onWorkFailed: (error) => note({ event: 'ledger_work_failed', team, error }),
    });
    // A crash may have left work without an alarm, or an alarm that never rang.
    void context.blockConcurrencyWhile(async () => {
      const alarmAtMs = await storage.getAlarm();
      this.#ledger.restoreAlarm(alarmAtMs !== null && alarmAtMs > Date.now() ? alarmAtMs : null);
    });
  }

  async admit(input: Encoded<AdmitInput>): Promise<Encoded<AdmitReply>> {
    return encode(await this.#ledger.admit(decode(input)));
  }

  async settle(input: Encoded<SettleInput>): Promise<Encoded<SettleReply>> {
    return encode(await this.#ledger.settle(decode(input)));
  }

  async release(input: Encoded<ReleaseInput>): Promise<Encoded<ReleaseReply>> {
    return encode(await this.#ledger.release(decode(input)));
  }

  configure(input: ConfigureInput): Promise<ConfigureReply> {
    return this.#ledger.configure(input);
  }

  identify(keyDigest: string, source?: string): Promise<IdentifyReply> {
    return this.#ledger.identify(keyDigest, source);
  }

  standing(keyDigest: string, source?: string): Promise<StandingReply> {
    return this.#ledger.standing(keyDigest, source);
  }

  ledger(): Promise<LedgerReport> {
    return this.#ledger.ledger();
  }

  forget(input: ForgetInput): Promise<ForgetReply> {
    return this.#ledger.forget(input);
  }

  verify(): Promise<VerifyReport> {
    return this.#ledger.verify();
  }

  wake(): Promise<void> {
    return this.#ledger.wake();
  }

  override async alarm(): Promise<void> {
    await this.#ledger.alarmRang();
  }
}
