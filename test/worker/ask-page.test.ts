// The page for asking, as the Worker serves it. What it does in a browser: test/clients/ask-page.ts.

import { SELF } from 'cloudflare:test';
import { expect, it } from 'vitest';

it('is a page that may run its own script, talk to its own origin, and nothing else', async () => {
  const response = await SELF.fetch('https://gate.example/ask');
  const text = await response.text();
  const policy = response.headers.get('content-security-policy') ?? '';
  const nonce = /'nonce-([^']+)'/.exec(policy)?.[1];
  expect(nonce).toHaveLength(24);
  expect(text.match(/nonce="([^"]+)"/g)).toEqual([`nonce="${nonce}"`, `nonce="${nonce}"`]);
  expect(policy).toContain("default-src 'none'; ");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
  expect(response.headers.get('cache-control')).toBe('no-store');
});

it('has another nonce each time, and loads nothing', async () => {
  const texts = await Promise.all([1, 2].map(async () => (await SELF.fetch('https://gate.example/ask')).text()));
  expect(texts[0]).not.toBe(texts[1]);
  expect(texts[0]).not.toMatch(/\b(?:src|href|on[a-z]+)=|innerHTML|https?:\/\//);
});

it('is read, never posted to', async () => {
  expect((await SELF.fetch('https://gate.example/ask', { method: 'POST' })).status).toBe(404);
});
