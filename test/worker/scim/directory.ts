// A directory that provisions people, on real D1, with ledgers that note what they are told and can be made to fail.

import { env } from 'cloudflare:workers';
import { expect } from 'vitest';
import { z } from 'zod';
import type { ScimSettings } from '../../../schema/scim-settings.ts';
import { teamIdSchema } from '../../../schema/ids.ts';
import { answerScim } from '../../../worker/http/scim/scim.ts';
import { AdminApi, type Answer } from '../admin/admin-api.ts';

export const TOKEN = 'token-of-these-tests-long-enough-for-a-directory';
const withId = z.looseObject({ id: z.string() });

/** Two teams of its own, and people of its own: names carry the directory's number. */
export class Directory {
  readonly api = new AdminApi();
  readonly nth = crypto.randomUUID().slice(0, 8);
  search = '';
  payments = '';

  static async open(): Promise<Directory> {
    const directory = new Directory();
    directory.search = await directory.api.team();
    directory.payments = await directory.api.team();
    return directory;
  }

  get rules(): ScimSettings {
    const teams = [
      ['Search & Ranking', this.search],
      ['payments', this.payments],
    ] as const;
    return {
      token: TOKEN,
      userDomain: null,
      teamAttribute: 'department',
      teams: new Map(teams.map(([value, team]) => [value, teamIdSchema.parse(team)])),
      defaultTeam: null,
    };
  }

  /** The same person under a name that no other test has. */
  own<Person extends { readonly userName: string }>(person: Person): Person {
    return { ...person, userName: `${this.nth}.${person.userName}` };
  }

  async send(method: string, path: string, body?: unknown, token: string | null = TOKEN): Promise<Answer> {
    const { db, ledgers, nowMs } = this.api;
    const request = new Request(`https://gate.example/scim/v2${path}`, {
      method,
      headers: {
        'content-type': 'application/scim+json',
        ...(token !== null && { authorization: `Bearer ${token}` }),
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const administration = { db, usage: [db], ledgers, now: () => nowMs } as const;
    const response = await answerScim(request, { administration, settings: { scim: this.rules } });
    if (response === null) throw new Error('there is no directory');
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: text === '' ? null : JSON.parse(text) };
  }

  async expect(status: number, method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await this.send(method, path, body);
    expect({ status: answer.status, body: answer.body }).toMatchObject({ status });
    return answer.body;
  }

  async create(person: object): Promise<string> {
    return withId.parse(await this.expect(201, 'POST', '/Users', person)).id;
  }

  /** Who is in a team, as the record has it. */
  async membersOf(team: string): Promise<{ user: string; role: string; email: string | null }[]> {
    const { results } = await env.DB.prepare(
      'SELECT user, role, email FROM members WHERE team = ? AND removed_at IS NULL ORDER BY user',
    )
      .bind(team)
      .all<{ user: string; role: string; email: string | null }>();
    return results;
  }

  async keyOf(team: string, user: string): Promise<string> {
    return withId.parse(await this.api.expect(201, 'POST', `/teams/${team}/keys`, { user })).id;
  }

  /** The keys of a team that its ledger was told to take. */
  livingKeys(team: string): string[] {
    return this.api.ledgers.last(team).config.keys.flatMap((key) => (key.revoked ? [] : [key.id]));
  }
}

/** An answer in SCIM's form of an error. */
export function scimError(status: number, detail: string, scimType?: string): unknown {
  return {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    status: String(status),
    detail: expect.stringContaining(detail),
    ...(scimType !== undefined && { scimType }),
  };
}
