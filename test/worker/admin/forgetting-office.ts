// A company in which one person has left traces wherever Headgate keeps any: teams with real ledgers behind them, calls of
// several people over hours and models, requests, votes, settings; and all its totals, for comparison.

import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect } from 'vitest';
import { z } from 'zod';
import { decode, encode } from '../../../schema/encoded.ts';
import { callId, teamIdSchema, userIdSchema } from '../../../schema/ids.ts';
import { micros } from '../../../schema/micros.ts';
import { deploymentOf } from '../../../worker/deployment.ts';
import type { Eraser } from '../../../worker/erasing.ts';
import { adminRoutes } from '../../../worker/http/admin/routes.ts';
import { answerScim } from '../../../worker/http/scim/scim.ts';
import { bookEvents } from '../../helpers/booked-events.ts';
import { ending } from '../../helpers/ledger-questions.ts';
import { ADMIN_TOKEN, nothingFound } from './admin-api.ts';
import { digestKey } from '../../../worker/callers/key.ts';

const HOUR_MS = 3_600_000;

const keyBody = z.looseObject({ id: z.string(), key: z.string() });
const idBody = z.looseObject({ id: z.string() });

export class ForgettingOffice {
  readonly administration = deploymentOf({ ...env }).administration;
  /** Of this test: all of a file share their database. */
  readonly #tag = crypto.randomUUID().slice(0, 8);
  readonly ada = userIdSchema.parse(`ada.lovelace-${this.#tag}@example.com`);
  readonly #email = `countess-${this.#tag}@private.example`;
  /** One that she had before, and hers. */
  readonly #slackUsers = ['U0OLD', 'U0NEW'].map((id) => `${id}${this.#tag.toUpperCase()}`);
  /** Words of hers and about her, in whatever anybody wrote. */
  readonly #words = ['project zephyr', 'laptop of ada', 'overdrawn again'].map((words) => `${words} ${this.#tag}`);
  nowMs = Date.now();
  readonly teams: string[] = [];
  readonly keys = new Map<string, z.infer<typeof keyBody>>();
  readonly faults: unknown[] = [];
  #calls = 0;

  readonly app = adminRoutes({
    dependenciesOf: () => ({
      ...this.administration,
      now: () => this.nowMs,
      signOn: null,
      settings: {
        adminToken: ADMIN_TOKEN,
        financeToken: null,
        metricsToken: null,
        demoModel: true,
        providers: [],
        webhookKey: 'a key of this test, long enough to seal',
        webhookAllowPrivate: false,
        usageRetention: { eventDays: 90, hourDays: 400 },
      },
      catalogueKnows: () => true,
      find: nothingFound,
    }),
    reportFault: (_, error) => this.faults.push(error),
  });

  eraser(db = this.administration.db): Eraser {
    return { ...this.administration, db, usage: [db], now: () => this.nowMs };
  }

  /** By the admin, or with somebody's key. */
  async call(status: number, method: string, path: string, body?: unknown, key = ADMIN_TOKEN): Promise<unknown> {
    const headers = {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'idempotency-key': crypto.randomUUID(),
    };
    const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
    const full = path.startsWith('/me') ? path : `/admin/v1${path}`;
    const response = await this.app.request(full, init, { ...env });
    const text = await response.text();
    expect(response.status, `${text} ${String(this.faults.at(-1))}`).toBe(status);
    return text === '' || !response.headers.get('content-type')?.includes('json') ? text : JSON.parse(text);
  }

  async open(): Promise<void> {
    for (const name of ['one', 'two']) await this.#openTeam(`${name}-${crypto.randomUUID().slice(0, 8)}`, name);
    const [first = '', second = ''] = this.teams;
    await this.#leaveTraces(first, second);
    await this.#bookHistory();
    for (const team of this.teams) {
      for (const user of [this.ada, 'ben']) await this.spend(team, user, 1_234);
    }
    await this.wake();
  }

  async #openTeam(team: string, costCenter: string): Promise<void> {
    this.teams.push(team);
    const at = `/teams/${team}`;
    await this.call(201, 'POST', '/teams', { id: team, timezone: 'UTC', costCenter });
    await this.call(201, 'PUT', `${at}/members/${this.ada}`, { email: this.#email, role: 'lead' });
    await this.call(201, 'PUT', `${at}/members/ben`, { role: 'lead' });
    for (const user of [this.ada, 'ben']) {
      const made = await this.call(201, 'POST', `${at}/keys`, {
        user,
        name: user === this.ada ? `Laptop of Ada ${this.#tag}` : 'Bens',
      });
      this.keys.set(`${team} ${user}`, keyBody.parse(made));
    }
    const budget = { unit: 'usd', limit: '0.10', period: 'month', thresholds: [1, 2] };
    const scopes = { whole: { kind: 'team' }, each: { kind: 'each_member' }, hers: { kind: 'member', id: this.ada } };
    for (const [id, scope] of Object.entries(scopes)) {
      await this.call(201, 'PUT', `${at}/budgets/${id}`, { ...budget, scope });
    }
  }

  async #leaveTraces(team: string, other: string): Promise<void> {
    const at = `/teams/${team}`;
    const until = new Date(this.nowMs + 48 * HOUR_MS).toISOString();
    const ask = {
      kind: 'budget_increase',
      budget: 'each',
      amount: '0.01',
      until,
      reason: `project Zephyr ${this.#tag}`,
    };
    const [hers, bens] = [this.keys.get(`${team} ${this.ada}`)?.key, this.keys.get(`${team} ben`)?.key];
    const people = {
      approvers: [{ team, user: this.ada }],
      escalateTo: [{ team: other, user: this.ada }],
      escalateAfterHours: 1,
    };
    const emergency = { breakGlass: { responders: [{ team, user: this.ada }], maxAmount: { usd: '0.01' } } };
    await this.call(200, 'PUT', `${at}/approval-policy`, { ...people, ...emergency });
    const denied = idBody.parse(await this.call(201, 'POST', '/me/requests', ask, hers));
    await this.call(200, 'POST', `/me/approvals/${denied.id}/deny`, { reason: `overdrawn again ${this.#tag}` }, bens);
    await this.call(201, 'POST', '/me/requests', { ...ask, amount: '0.02' }, hers);
    const asked = idBody.parse(await this.call(201, 'POST', '/me/requests', { ...ask, reason: 'mine' }, bens));
    await this.call(200, 'POST', `/me/approvals/${asked.id}/approve`, { reason: 'yes' }, hers);
    await this.call(201, 'POST', '/me/break-glass', { ...ask, hours: 1, until: undefined, budget: 'whole' }, hers);
    const away = { to: 'ben', endsAt: until };
    await this.call(201, 'POST', '/me/delegations', away, hers);
    await this.call(200, 'PUT', `${at}/policy`, { models: {}, pin: [this.ada, 'ben'] });
    await this.call(201, 'PUT', `${at}/members/${this.ada}/policy`, { models: { deny: ['gpt-*'] } });
    await this.call(201, 'PUT', `${at}/members/${this.ada}/limits`, { requestsPerMinute: 1_000 });
    await this.call(201, 'PUT', `/teams/${other}/members/${this.ada}/suspension`, {
      reason: `overdrawn again ${this.#tag}`,
    });
    await this.call(204, 'DELETE', `/teams/${other}/members/${this.ada}/suspension`);
    for (const slackUser of this.#slackUsers) {
      await this.call(201, 'PUT', `/slack-users/${slackUser}`, { team, user: this.ada });
    }
    await this.call(204, 'DELETE', `/slack-users/${this.#slackUsers[0]}`);
    await this.#provision(team);
    await this.call(201, 'PUT', `/webhooks/hook-${team.slice(-8)}`, { url: 'https://hooks.example/x', events: ['*'] });
    const grant = {
      kind: 'model_access',
      models: ['claude-*'],
      user: this.ada,
      endsAt: until,
      reason: `project Zephyr ${this.#tag}`,
    };
    await this.call(201, 'POST', `${at}/grants`, grant);
  }

  async #provision(team: string): Promise<void> {
    const person = { userName: this.ada, emails: [{ value: this.#email }], displayName: `Laptop of Ada ${this.#tag}` };
    const headers = { authorization: 'Bearer token-of-this-office' };
    const request = new Request('https://gate.example/scim/v2/Users', {
      method: 'POST',
      headers,
      body: JSON.stringify(person),
    });
    const rules = { userDomain: null, teamAttribute: null, teams: new Map(), defaultTeam: teamIdSchema.parse(team) };
    const scim = { ...rules, token: 'token-of-this-office' };
    const answer = await answerScim(request, { administration: this.administration, settings: { scim } });
    expect(answer?.status).toBe(201);
  }

  /** Some weeks ago: several hours, models and people, some of the events of which are gone already. */
  async #bookHistory(): Promise<void> {
    const start = Date.now() - 40 * 24 * HOUR_MS;
    const events = Array.from({ length: 3_000 }, (_, nth) => {
      const team = this.teams[nth % 2] ?? '';
      const user = nth % 3 === 0 ? 'ben' : this.ada;
      return {
        id: this.#nextCall(),
        at: start + Math.floor(nth / 250) * HOUR_MS + (nth % 250) * 1_000,
        team,
        user,
        key: this.keys.get(`${team} ${user}`)?.id ?? '',
        model: `model-${nth % 4}`,
        cost: 1 + ((nth * 7_919) % 100_003),
        outcome: nth % 11 === 0 ? 'client_gone' : 'completed',
      };
    });
    await bookEvents(env.DB, events);
    await env.DB.prepare('DELETE FROM usage_events WHERE at < ? AND team IN (?, ?)')
      .bind(start + 2 * HOUR_MS + 100_000, ...this.teams)
      .run();
  }

  #nextCall() {
    this.#calls += 1;
    const unique = `${this.teams[0] ?? ''}${this.#calls}`.replaceAll(/[^0-9a-hjkmnp-tv-z]/g, '');
    return callId(`req_${unique.padStart(26, '0').slice(-26)}`);
  }

  /** Holds a call of somebody's; how it is ended. */
  async hold(team: string, user: string) {
    const keyDigest = await digestKey(this.keys.get(`${team} ${user}`)?.key ?? '');
    const most = { usd: micros(3_000), tokens: 10, requests: 1 };
    const facts = {
      model: 'm',
      provider: 'p',
      upstreamModel: 'u',
      dialect: 'openai-chat',
      stream: false,
      priceVersion: 'v',
    };
    const id = this.#nextCall();
    const stub = env.TEAM_BUDGET.getByName(team);
    const ask = { most, least: most, elastic: false };
    const reply = decode(await stub.admit(encode({ callId: id, keyDigest, ask, lifetimeMs: 600_000, facts })));
    const settle = async (usd: number) =>
      decode(await stub.settle(encode({ callId: id, amounts: { usd: micros(usd), tokens: 8, requests: 1 }, ending })));
    return { reply, settle };
  }

  async spend(team: string, user: string, usd: number): Promise<void> {
    const { reply, settle } = await this.hold(team, user);
    expect(reply).toMatchObject({ outcome: 'admitted' });
    await settle(usd);
  }

  async wake(): Promise<void> {
    for (const team of this.teams) await env.TEAM_BUDGET.getByName(team).wake();
  }

  /** Every total there is, without the names of people. */
  async totals(): Promise<Record<string, unknown>> {
    const found: Record<string, unknown> = {};
    const span = `from=${dayOf(Date.now() - 60 * 24 * HOUR_MS)}&to=${dayOf(Date.now() + 24 * HOUR_MS)}`;
    for (const team of this.teams) {
      for (const groups of ['team', 'model', 'day', 'hour', 'cost_center', 'key', 'hour,model,key,outcome']) {
        const path = `/usage/summary?team=${team}&group_by=${groups}&limit=1000`;
        found[path] = z.looseObject({ data: z.unknown() }).parse(await this.call(200, 'GET', path)).data;
      }
      for (const report of ['focus', 'chargeback']) {
        const text = String(await this.call(200, 'GET', `/reports/${report}?${span}&team=${team}`));
        found[`${team} ${report}`] = text.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z/g, '');
      }
      const { budgets, outbox } = await env.TEAM_BUDGET.getByName(team).ledger();
      expect(outbox).toBe(0);
      found[`${team} ledger`] = budgets
        .map(({ id, limit, settled, held, remaining }) => [id, limit, settled, held, remaining].join(' '))
        .toSorted();
      const { checks } = z
        .object({ checks: z.array(z.looseObject({ ok: z.boolean() })) })
        .parse(await this.call(200, 'GET', `/teams/${team}/verify`));
      found[`${team} verify`] = checks.filter(({ ok }) => !ok);
    }
    return found;
  }

  /** Tables in which something of the person is still to be found, and what. */
  async traces(user: string = this.ada): Promise<string[]> {
    const { results } = await env.DB.prepare(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_cf%' ESCAPE '\\'`,
    ).all<{ name: string }>();
    const found: string[] = [];
    const look = (place: string, rows: unknown, words: readonly string[]) => {
      const text = JSON.stringify(rows).toLowerCase();
      found.push(...words.filter((word) => text.includes(word)).map((word) => `${place}: ${word}`));
    };
    for (const { name } of results) {
      const rows = (await env.DB.prepare(`SELECT * FROM "${name}"`).all()).results;
      // What people wrote stays in the trail, as docs/privacy.md says.
      look(
        name,
        rows,
        name === 'audit'
          ? [user, this.#email, ...this.#slackUsers.map((id) => id.toLowerCase())]
          : [
              user,
              encodeURIComponent(user).toLowerCase(),
              this.#email,
              ...this.#words,
              ...this.#slackUsers.map((id) => id.toLowerCase()),
            ],
      );
    }
    for (const team of this.teams) {
      const rows = await runInDurableObject(env.TEAM_BUDGET.getByName(team), (_, { storage }) =>
        ['meta', 'page', 'counter', 'day', 'kept'].map((table) => storage.sql.exec(`SELECT * FROM ${table}`).toArray()),
      );
      look('object', rows, [user, this.#email, ...this.#words]);
    }
    return found;
  }
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
