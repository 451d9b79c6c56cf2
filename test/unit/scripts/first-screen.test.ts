// The first screen promises only what works.

import { expect, it } from 'vitest';
import { readLocalConfiguration } from '../../../scripts/local/configuration.ts';
import { firstScreen } from '../../../scripts/local/first-screen.ts';

const screen = (DEMO_MODEL: string): string => {
  const environment = { PORT: '9000', HEADGATE_STATE: '/tmp/headgate-state', ADMIN_TOKEN: 'set-by-a-variable' };
  return firstScreen(readLocalConfiguration({ ...environment, DEMO_MODEL }), 'hg_demo_key');
};

it('shows a call while the demo model is on', () => {
  expect(screen('true')).toContain('curl -i http://localhost:9000/v1/chat/completions');
  expect(screen('true')).not.toContain('demo model is off');
});

it('shows none while it is off, and says how to switch it on', () => {
  expect(screen('false')).not.toMatch(/curl|headgate-demo/);
  expect(screen('false')).toMatch(/^The demo model is off.* DEMO_MODEL=true$/m);
});

it('names the file of the admin token, also of one that was set, and never the token', () => {
  expect(screen('true')).toContain('token in /tmp/headgate-state/admin-token');
  expect(screen('true')).not.toContain('set-by-variable');
});
