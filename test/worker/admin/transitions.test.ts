// The states of a request as one table: each way from one to another is gone once, and each of its guards refuses once.
// What is final stays: no way leads out of it.

import { describe, expect, it } from 'vitest';
import { sweep } from '../../../worker/administration.ts';
import { askForMain, askForModels, Office } from './office.ts';
import type { Answer } from './admin-api.ts';

const HOUR_MS = 3_600_000;
const RULES = { escalateAfterHours: 4, expireAfterHours: 72, maxGrantedPercent: 50 };

type Person = 'ada' | 'ben' | 'lea' | 'fay' | 'sam' | 'dan';
type People = Readonly<Record<Person, Awaited<ReturnType<Office['member']>>>>;

/** ada asked; lea leads, fay of another team is named, sam leads another team, dan stood in for lea until yesterday. */
class Scene {
  readonly office: Office;
  readonly people: People;
  readonly id: string;

  private constructor(office: Office, people: People, id: string) {
    this.office = office;
    this.people = people;
    this.id = id;
  }

  static async open(rules: object = {}): Promise<Scene> {
    const office = await Office.open();
    const [finops, sales] = [await office.api.team(), await office.api.team()];
    const people = {
      ada: await office.member('ada'),
      ben: await office.member('ben'),
      lea: await office.member('lea', 'lead'),
      fay: await office.member('fay', 'member', finops),
      sam: await office.member('sam', 'lead', sales),
      dan: await office.member('dan'),
    };
    const named = [{ team: finops, user: 'fay' }];
    await office.rules({ ...RULES, approvers: named, escalateTo: named, ...rules });
    const until = new Date(office.api.nowMs + HOUR_MS).toISOString();
    await people.lea.expect(201, 'POST', '/me/delegations', { to: 'dan', endsAt: until });
    office.api.nowMs += 2 * HOUR_MS;
    const { id } = await people.ada.ask();
    return new Scene(office, people, id);
  }

  /** Answers like the others: 409 where the clock and the sweep change nothing. */
  async byClock(hours: number, field: 'stage' | 'state'): Promise<Answer> {
    const before = await this.look();
    this.office.api.nowMs += hours * HOUR_MS;
    await sweep(this.office.administration());
    const { [field]: now } = await this.look();
    return { status: now === before[field] ? 409 : 200, headers: new Headers(), text: '', body: null };
  }

  approve(who: Person, body: object = {}): Promise<Answer> {
    return this.people[who].send('POST', `/me/approvals/${this.id}/approve`, body);
  }

  deny(who: Person, body: object = { reason: 'no' }): Promise<Answer> {
    return this.people[who].send('POST', `/me/approvals/${this.id}/deny`, body);
  }

  replace(who: 'ada' | 'ben', body: object = askForModels): Promise<Answer> {
    return this.people[who].send('POST', '/me/requests', { ...body, replaces: this.id });
  }

  withdraw(who: 'ada' | 'ben' | 'lea'): Promise<Answer> {
    return this.people[who].send('DELETE', `/me/requests/${this.id}`);
  }

  async look(): Promise<{ state: string; stage: number; grant: unknown }> {
    return Object(await this.office.api.expect(200, 'GET', `/requests/${this.id}`));
  }
}

type Step = (scene: Scene) => Promise<Answer>;
interface Way {
  readonly to: string;
  readonly rules?: object;
  readonly goes: Step;
  /** By what the guard is about: what is tried, the status and the code it is refused with. */
  readonly guards: Readonly<Record<string, readonly [step: Step, status: number, code?: string]>>;
}

const ways: Readonly<Record<string, Way>> = {
  'an approval, the last that is needed': {
    to: 'approved',
    goes: (scene) => scene.approve('lea'),
    guards: {
      'a member': [(scene) => scene.approve('ben'), 403, 'not_eligible'],
      'whoever asked': [(scene) => scene.approve('ada'), 403, 'own_request'],
      'a lead of another team': [(scene) => scene.approve('sam'), 404, 'not_found'],
      'a delegation that is over': [(scene) => scene.approve('dan'), 403, 'not_eligible'],
      'a lead who is one no more': [
        async (scene) => {
          await scene.office.api.expect(200, 'PUT', `/teams/${scene.office.team}/members/lea`, { role: 'member' });
          return scene.approve('lea');
        },
        403,
        'not_eligible',
      ],
      'somebody whom the rules name no more': [
        async (scene) => {
          await scene.office.rules({});
          return scene.approve('fay');
        },
        404,
        'not_found',
      ],
      'more than was asked for': [(scene) => scene.approve('lea', { amount: '50.01' }), 400, 'invalid_request'],
      'longer than was asked for': [
        (scene) => scene.approve('lea', { until: '2026-12-01T00:00:01Z' }),
        400,
        'invalid_request',
      ],
      'a version that is no more': [(scene) => scene.approve('lea', { version: 2 }), 409, 'stale_version'],
      'no headroom': [
        async (scene) => {
          const other = await scene.people.ben.ask({ ...askForMain, amount: '1.00' });
          await scene.office.api.expect(200, 'POST', `/requests/${other.id}/approve`);
          return scene.approve('lea');
        },
        409,
        'no_headroom',
      ],
      'a budget that is gone': [
        async (scene) => {
          await scene.office.api.expect(204, 'DELETE', `/teams/${scene.office.team}/budgets/main`);
          return scene.approve('lea');
        },
        409,
        'conflict',
      ],
    },
  },
  'an approval, of two that are needed': {
    to: 'pending',
    rules: { quorum: 2 },
    goes: (scene) => scene.approve('lea'),
    guards: {
      'a second vote': [
        async (scene) => {
          await scene.approve('lea');
          return scene.approve('lea');
        },
        409,
        'already_voted',
      ],
    },
  },
  'a denial': {
    to: 'denied',
    goes: (scene) => scene.deny('fay'),
    guards: {
      'a member': [(scene) => scene.deny('ben'), 403, 'not_eligible'],
      'whoever asked': [(scene) => scene.deny('ada'), 403, 'own_request'],
      'a lead of another team': [(scene) => scene.deny('sam'), 404, 'not_found'],
      'no reason': [(scene) => scene.deny('lea', {}), 400, 'invalid_request'],
      'a version that is no more': [(scene) => scene.deny('lea', { reason: 'no', version: 2 }), 409, 'stale_version'],
    },
  },
  'a withdrawal': {
    to: 'withdrawn',
    goes: (scene) => scene.withdraw('ada'),
    guards: {
      'another member': [(scene) => scene.withdraw('ben'), 404, 'not_found'],
      'a lead': [(scene) => scene.withdraw('lea'), 404, 'not_found'],
    },
  },
  'another request instead': {
    to: 'superseded',
    goes: (scene) => scene.replace('ada'),
    guards: {
      'another member': [(scene) => scene.replace('ben'), 404, 'not_found'],
      'a request that is none': [(scene) => scene.replace('ada', { kind: 'holiday' }), 400, 'invalid_request'],
    },
  },
  'time, to more people': {
    to: 'pending',
    goes: (scene) => scene.byClock(4, 'stage'),
    guards: { 'an hour too early': [(scene) => scene.byClock(3, 'stage'), 409] },
  },
  'time, to the end': {
    to: 'expired',
    goes: (scene) => scene.byClock(72, 'state'),
    guards: { 'an hour too early': [(scene) => scene.byClock(71, 'state'), 409] },
  },
};

describe.each(Object.entries(ways))('pending, by %s', (_, { to, rules, goes, guards }) => {
  it(`becomes ${to}`, async () => {
    const scene = await Scene.open(rules);
    expect((await goes(scene)).status).toBeLessThan(300);
    const { state, grant } = await scene.look();
    expect({ state, isGranted: grant !== null }).toEqual({ state: to, isGranted: to === 'approved' });
  });

  it.each(Object.entries(guards))('stays so: %s', async (__, [step, status, code]) => {
    const scene = await Scene.open(rules);
    const answer = await step(scene);
    expect(answer).toMatchObject(code === undefined ? { status } : { status, body: { error: { code } } });
    expect(await scene.look()).toMatchObject({ state: 'pending', grant: null });
  });
});

describe.each(Object.entries(ways).filter(([, { to }]) => to !== 'pending'))('what %s ended', (_, { to, goes }) => {
  it.each(Object.entries(ways))('is not changed by %s', async (__, way) => {
    const scene = await Scene.open();
    await goes(scene);
    const before = await scene.look();
    // Whoever replaces twice is given what is open.
    const isTwice = to === 'superseded' && way.to === to;
    expect((await way.goes(scene)).status).toBe(isTwice ? 200 : 409);
    expect(await scene.look()).toEqual(before);
    expect(before.state).toBe(to);
  });
});

it.each(['ada', 'sam', 'dan', 'ben'] as const)('whoever may not decide is written down: %s', async (who) => {
  const scene = await Scene.open();
  await scene.approve(who);
  await scene.deny(who);
  const trail = await scene.office.trail(scene.id);
  expect(trail.filter((row) => row.includes(`/${who} request.`) && row.endsWith('-refused'))).toEqual([
    expect.stringContaining(`/${who} request.approve-refused`),
    expect.stringContaining(`/${who} request.deny-refused`),
  ]);
});
