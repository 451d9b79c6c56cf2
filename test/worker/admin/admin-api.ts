// The admin routes on real D1, with ledgers that note what they are told and can be made to fail.

import { env } from 'cloudflare:workers';
import { expect } from 'vitest';
import type { TeamId } from '../../../schema/ids.ts';
import type {
  ConfigureInput,
  ConfigureReply,
  ForgetInput,
  ForgetReply,
  LedgerReport,
  LedgerUnavailable,
  StandingReply,
  VerifyReport,
} from '../../../schema/ledger.ts';
import { fail, type Result, succeed } from '../../../schema/result.ts';
import { KEEP_ALL, type UsageRetention } from '../../../schema/usage-retention.ts';
import type { TeamLedgers } from '../../../worker/administration.ts';
import type { SignOnDesk } from '../../../worker/callers/sign-on/sign-on.ts';
import type { Found } from '../../../worker/line/gate.ts';
import { adminRoutes } from '../../../worker/http/admin/routes.ts';
import { openDatabase } from '../../../worker/records/database.ts';

export const ADMIN_TOKEN = 'test-admin-token';

/** Ledgers of teams that keep the newest configuration they were given, like the real ones. */
export class NotingLedgers implements TeamLedgers {
  readonly configured: ConfigureInput[] = [];
  readonly hints: (DurableObjectLocationHint | null)[] = [];
  readonly woken: TeamId[] = [];
  readonly versions = new Map<TeamId, number>();
  readonly forgotten: (ForgetInput & { readonly team: TeamId })[] = [];
  reachable = true;
  /** Whether more waits for D1 than the objects can look through. */
  busy = false;
  /** Whether whoever configures is gone, or cut off, before the object's answer comes. */
  losesAnswers = false;
  report: Omit<LedgerReport, 'version'> = { asOfMs: 0, holds: 0, outbox: 0, budgets: [] };
  /** What the object says of the holder of a key. */
  standing: (team: TeamId, keyDigest: string) => StandingReply = () => ({ outcome: 'refused', reason: 'unknown_key' });
  /** What the object finds when it is asked to verify itself. */
  findings: () => Promise<VerifyReport> = () => Promise.resolve({ asOfMs: 0, checks: [], delivered: [], pending: [] });

  async configureTeam(
    team: TeamId,
    input: ConfigureInput,
    hint: DurableObjectLocationHint | null,
  ): Promise<Result<ConfigureReply, LedgerUnavailable>> {
    if (!this.reachable) return unavailable;
    const known = this.versions.get(team) ?? 0;
    if (known >= input.version) return succeed({ outcome: 'already_configured', version: known });
    this.versions.set(team, input.version);
    this.configured.push(input);
    this.hints.push(hint);
    if (this.losesAnswers) return unavailable;
    return succeed({ outcome: 'configured', version: input.version });
  }

  async standingOf(team: TeamId, keyDigest: string): Promise<Result<StandingReply, LedgerUnavailable>> {
    return this.reachable ? succeed(this.standing(team, keyDigest)) : unavailable;
  }

  async readLedger(team: TeamId): Promise<Result<LedgerReport, LedgerUnavailable>> {
    return this.reachable ? succeed({ ...this.report, version: this.versions.get(team) ?? 0 }) : unavailable;
  }

  async verifyLedger(): Promise<Result<VerifyReport, LedgerUnavailable>> {
    return this.reachable ? succeed(await this.findings()) : unavailable;
  }

  async wakeTeam(team: TeamId): Promise<Result<void, LedgerUnavailable>> {
    if (!this.reachable) return unavailable;
    this.woken.push(team);
    return succeed(undefined);
  }

  async forgetMember(team: TeamId, person: ForgetInput): Promise<Result<ForgetReply, LedgerUnavailable>> {
    if (!this.reachable) return unavailable;
    this.forgotten.push({ team, ...person });
    return succeed({ outcome: this.busy ? 'busy' : 'forgotten' });
  }

  /** What the team's object was told last. */
  last(team: string): ConfigureInput {
    const input = this.configured.findLast(({ config }) => config.team === team);
    if (input === undefined) throw new Error(`team ${team} was never configured`);
    return input;
  }
}

const unavailable = fail<LedgerUnavailable>({ reason: 'ledger_unavailable' });

/** No model can be called. */
export const nothingFound = (model: string): Promise<Found> =>
  Promise.resolve({ route: fail({ reason: 'model_not_found', model }), phaseOut: null });

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body; null for an empty one. Typed loosely on purpose: tests compare it whole. */
  readonly body: unknown;
}

export class AdminApi {
  readonly ledgers = new NotingLedgers();
  readonly faults: unknown[] = [];
  readonly db = openDatabase(env.DB);
  nowMs = Date.parse('2026-11-23T10:00:00Z');
  adminToken: string | null = ADMIN_TOKEN;
  financeToken: string | null = 'test-finance-token';
  metricsToken: string | null = 'test-metrics-token';
  signOn: SignOnDesk | null = null;
  webhookKey: string | null = 'a key of this test, long enough to seal';
  usageRetention: UsageRetention = KEEP_ALL;

  readonly app = adminRoutes({
    dependenciesOf: () => ({
      db: this.db,
      usage: [this.db],
      ledgers: this.ledgers,
      now: () => this.nowMs,
      signOn: this.signOn,
      settings: {
        adminToken: this.adminToken,
        financeToken: this.financeToken,
        metricsToken: this.metricsToken,
        demoModel: true,
        webhookKey: this.webhookKey,
        webhookAllowPrivate: false,
        usageRetention: this.usageRetention,
        providers: [
          {
            name: 'openai',
            kind: 'openai-compatible',
            baseUrl: 'https://openai.example/v1',
            apiKey: null,
            speaks: ['openai-chat'],
            catalogue: 'openai',
            reportsUsageUnasked: false,
            onDisconnect: 'stops',
          },
          {
            name: 'inhouse',
            kind: 'openai-compatible',
            baseUrl: 'https://inhouse.example/v1',
            apiKey: null,
            speaks: ['openai-chat'],
            catalogue: 'inhouse',
            reportsUsageUnasked: false,
            onDisconnect: 'stops',
            inHouse: true,
          },
        ],
      },
      catalogueKnows: (provider, upstreamModel) => provider === 'openai' && upstreamModel === 'gpt-5-mini',
      find: nothingFound,
    }),
    reportFault: (_, error) => this.faults.push(error),
  });

  async call(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.send(method, `/admin/v1${path}`, {
      headers: {
        authorization: `Bearer ${ADMIN_TOKEN}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  async send(method: string, path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await this.app.request(path, { ...init, method }, { ...env });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson(response) && text !== '' ? JSON.parse(text) : null,
    };
  }

  /** Calls and expects the status; a failure shows the body. */
  async expect(status: number, method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await this.call(method, path, body);
    expect({ status: answer.status, body: answer.body }).toMatchObject({ status });
    return answer.body;
  }

  /** A new team with an id of its own. */
  async team(): Promise<string> {
    const id = `team-${crypto.randomUUID().slice(0, 8)}`;
    await this.expect(201, 'POST', '/teams', { id, name: 'Payments', timezone: 'Europe/London', costCenter: 'CC-42' });
    return id;
  }
}

/** An error answer of this code whose message begins with the field. */
export function refusal(code: string, messageStart = ''): unknown {
  return {
    error: expect.objectContaining({ code, message: expect.stringMatching(new RegExp(`^${escape(messageStart)}`)) }),
  };
}

function isJson(response: Response): boolean {
  return response.headers.get('content-type')?.includes('json') ?? false;
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
