// Where messages may be sent: every way to write an address of somebody's own network is refused.

import { describe, expect, it } from 'vitest';
import { addressProblem } from '../../../schema/endpoint-address.ts';
import { hostileAddresses } from '../../fixtures/hostile-addresses.ts';

describe('is refused', () => {
  it.each(hostileAddresses)('%s', (url) => {
    expect(addressProblem(url, false)).toMatch(/^must /);
  });

  it('an address that is too long', () => {
    expect(addressProblem(`https://hooks.example.com/${'x'.repeat(2_000)}`, false)).toMatch(/^must be at most 2000/);
  });
});

describe('is allowed', () => {
  it.each([
    'https://hooks.example.com/headgate?channel=1',
    'https://hooks.example.com:443/',
    'https://hooks.example.com:8443/',
    'https://HOOKS.example.com./',
    'https://hooks.slack.com/services/T000/B000/XXXX',
    'https://local.example.com/',
    'https://mylocalhost.com/',
    'https://10.example.com/',
    'https://münchen.example/',
  ])('%s', (url) => {
    expect(addressProblem(url, false)).toBeNull();
  });
});

describe('in a local run', () => {
  it.each(['http://127.0.0.1:9000/hook', 'http://localhost:9000', 'https://[::1]:9/', 'http://intranet/hook'])(
    'may be %s',
    (url) => {
      expect(addressProblem(url, true)).toBeNull();
    },
  );

  it.each(['ftp://127.0.0.1/', 'file:///etc/passwd', 'http://ada:secret@127.0.0.1/', '', 'hook', '//127.0.0.1'])(
    'may not be %s either',
    (url) => {
      expect(addressProblem(url, true)).toMatch(/^must /);
    },
  );
});
