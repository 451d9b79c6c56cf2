// The state folder: made when it is missing, refused in one line when it cannot be, and always with the token in force.

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { adminTokenIn, openStateFolder, webhookKeyIn } from '../../../scripts/local/state-folder.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headgate-state-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const tokenFile = (): string => join(folder, 'admin-token');
const tokenInFile = (): string => readFileSync(tokenFile(), 'utf8').trim();

describe('opening', () => {
  it('makes the folder, for its owner alone', () => {
    const path = join(folder, 'a/b');

    openStateFolder(path);

    expect(statSync(path).mode & 0o777).toBe(0o700);
  });

  it('refuses a path under a file, and a file, in one line that names HEADGATE_STATE', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');

    for (const path of [join(file, 'x'), file]) {
      expect(() => openStateFolder(path)).toThrow(/^HEADGATE_STATE: [^\n]+$/);
    }
  });
});

describe('the admin token', () => {
  it('is made once and kept', () => {
    const made = adminTokenIn(folder, null);

    expect(made).toMatch(/^hga_[\w-]{32}$/);
    expect(adminTokenIn(folder, null)).toBe(made);
    expect(tokenInFile()).toBe(made);
  });

  it('that was set is the one in the file, readable by its owner alone', () => {
    writeFileSync(tokenFile(), 'an-earlier-token\n', { mode: 0o644 });

    expect(adminTokenIn(folder, 'set-by-variable')).toBe('set-by-variable');

    expect(tokenInFile()).toBe('set-by-variable');
    expect(statSync(tokenFile()).mode & 0o777).toBe(0o600);
  });
});

it('the key that seals secrets of webhooks is made once and kept, long enough for the settings', () => {
  const made = webhookKeyIn(folder, null);

  expect(made).toMatch(/^hgw_[\w-]{32}$/);
  expect(webhookKeyIn(folder, null)).toBe(made);
  expect(made).not.toContain(adminTokenIn(folder, null).slice(4));
});
