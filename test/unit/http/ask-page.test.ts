// What the page for asking sends and says, run without a browser: as much of a document as it touches. In a real one:
// test/clients/ask-page.ts.

import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { pageScript } from '../../../worker/http/self/ask-page/script.ts';

interface Sent {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

class Field {
  value = '';
  hidden = false;
  textContent = '';
  className = '';
  readonly dataset = { kind: '' };
  readonly #heard = new Map<string, (event: { preventDefault(): void }) => void>();

  addEventListener(name: string, hear: (event: { preventDefault(): void }) => void): void {
    this.#heard.set(name, hear);
  }
  fire(name: string): void {
    this.#heard.get(name)?.({ preventDefault: () => undefined });
  }
  querySelector(): Field {
    return new Field();
  }
  querySelectorAll(): Field[] {
    return [];
  }
  replaceChildren(): void {
    this.textContent = '';
  }
}

const STANDING = { user: 'ada', team: 'payments', budgets: [], data: [] };

/** Opens the page; each request is answered alike. */
function open(answer: { readonly status: number; readonly body: object }, hash = '') {
  const names = ['key', 'team', 'kind', 'budget', 'rate', 'scope', 'amount', 'models', 'until', 'reason'];
  const fields = new Map(names.map((name) => [name, new Field()]));
  const ids = new Map<string, Field>();
  const sent: Sent[] = [];
  const namedItem = (name: string) => fields.get(name) ?? null;
  const form = Object.assign(new Field(), { elements: { ...Object.fromEntries(fields), namedItem } });
  const byId = (id: string): Field => {
    const found = id === 'ask' ? form : (ids.get(id) ?? new Field());
    ids.set(id, found);
    return found;
  };
  runInNewContext(pageScript, {
    document: { getElementById: byId },
    location: { hash },
    URLSearchParams,
    fetch: (path: string, { headers }: Omit<Sent, 'path'>) => {
      sent.push({ path, headers: { ...headers } });
      return Promise.resolve(new Response(JSON.stringify(answer.body), { status: answer.status }));
    },
  });
  const fill = (name: string, value: string) => {
    const field = fields.get(name);
    if (field === undefined) throw new TypeError(`no field ${name}`);
    field.value = value;
    field.fire('change');
  };
  return { sent, fill, told: () => byId('answer').textContent, self: () => byId('self').textContent };
}

const refused = (status: number, message: string) => ({ status, body: { error: { message } } });
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

it('asks without a key for whoever is signed on in this browser', async () => {
  const page = open({ status: 200, body: STANDING });
  await settled();
  expect(page.sent[0]).toEqual({ path: '/me', headers: {} });
  expect(page.self()).toContain('ada, team payments');
});

it('says nothing to whoever has not given a key yet, and to others why theirs is not taken', async () => {
  const page = open(refused(401, 'this sign-on token has expired; sign in again'));
  await settled();
  expect(page.told()).toBe('');
  page.fill('key', ' hg_payments_x ');
  await settled();
  expect(page.sent.at(-1)?.headers).toEqual({ authorization: 'Bearer hg_payments_x' });
  expect(page.told()).toBe('this sign-on token has expired; sign in again');
});

it('lets whoever is in several teams name one', async () => {
  const page = open(refused(400, 'you are in several teams'));
  await settled();
  expect(page.told()).toBe('you are in several teams');
  page.fill('team', 'payments');
  await settled();
  expect(page.sent.at(-1)?.headers).toEqual({ 'x-headgate-team': 'payments' });
});

it('takes no key out of a link', async () => {
  const page = open({ status: 200, body: STANDING }, '#key=hg_stolen&budget=daily');
  await settled();
  expect(page.sent.map(({ headers }) => headers)).toEqual([{}, {}, {}]);
});
