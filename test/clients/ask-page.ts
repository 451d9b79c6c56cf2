// The page for asking in a real browser: from the link in a refusal to a request, a lead's approval on the same page, and
// the next call that passes. Not part of `npm test`: it needs Chromium. Run it with `node test/clients/ask-page.ts`; the
// name of a folder behind it gets pictures.

import { equal, match, ok } from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { APIError } from 'openai';
import { z } from 'zod';
import { openaiClient, startProviderGateway } from '../helpers/provider-gateway.ts';
import { Browser } from './shared/browser.ts';

const call = { model: 'gpt-5-mini', messages: [{ role: 'user' as const, content: 'Hello' }] };
const refused = z.looseObject({
  message: z.string(),
  details: z.looseObject({ ask: z.looseObject({ page: z.string() }) }),
});
const made = z.looseObject({ key: z.string() });
const [, , pictures] = process.argv;
if (pictures !== undefined) mkdirSync(pictures, { recursive: true });

const field = (name: string) => `document.forms.ask.elements.namedItem('${name}')`;
const textOf = (id: string) => `document.getElementById('${id}').textContent`;

const system = await startProviderGateway();
const browser = await Browser.start();
try {
  const { admin } = system.gateway;
  const { key } = await admin.teamWithKey('browsers', { limit: '0.00' });
  await admin.request('PUT', '/teams/browsers/members/lin', { role: 'lead' });
  const lead = made.parse(await admin.request('POST', '/teams/browsers/keys', { user: 'lin' }));

  const openai = openaiClient(system.gateway, key);
  const refusal = await openai.chat.completions.create(call).catch((error: unknown) => error);
  ok(refusal instanceof APIError);
  const { message, details } = refused.parse(refusal.error);
  match(message, /Ask for more: http\S+$/);
  console.log(`the refusal: ${message}`);

  await browser.open(details.ask.page);
  equal(await browser.run(`${field('budget')}.value`), 'main');
  await browser.run(`${field('key')}.value = ${JSON.stringify(key)}; ${field('reason')}.value = 'the <b>release</b>'`);
  await browser.run("document.querySelector('button').click()");
  await browser.until(`${textOf('answer')}.startsWith('Asked')`);
  await browser.until(`${textOf('requests')}.includes('pending')`);
  match(String(await browser.run(textOf('requests'))), /pending: \$0\.01 of main.*the <b>release<\/b>/);
  if (pictures !== undefined) await browser.picture(join(pictures, 'asked.png'));

  await browser.open(`${system.gateway.url}/ask`);
  await browser.run(
    `${field('key')}.value = ${JSON.stringify(lead.key)}; ${field('key')}.dispatchEvent(new Event('change'))`,
  );
  await browser.until(`${textOf('approvals')}.includes('ada')`);
  if (pictures !== undefined) await browser.picture(join(pictures, 'approvals.png'));
  await browser.run(
    "[...document.querySelectorAll('#approvals button')].find((each) => each.textContent === 'Approve').click()",
  );
  await browser.until("document.getElementById('approvals').hidden");

  const { choices } = await openai.chat.completions.create(call);
  equal(choices.length, 1);
  await browser.run(
    `${field('key')}.value = 'hg_browsers_nothing'; ${field('key')}.dispatchEvent(new Event('change'))`,
  );
  await browser.until(`${textOf('answer')} !== ''`);
  console.log(`a wrong key: ${String(await browser.run(textOf('answer')))}`);
  console.log('asked on the page, approved on the page, and the next call passed');
} finally {
  await browser.close();
  await system.close();
}
