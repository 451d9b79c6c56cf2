// What Vertex AI must be told, each thing wrong in turn; no refusal repeats what a secret holds.

import { describe, expect, test } from 'vitest';
import { parseSettings } from '../../../schema/settings.ts';

const PRIVATE_KEY = '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n';
const keyFile = {
  type: 'service_account',
  project_id: 'contoso-ai',
  private_key_id: '3f9a1c',
  private_key: PRIVATE_KEY,
  client_email: 'gate@contoso-ai.iam.gserviceaccount.com',
  token_uri: 'https://oauth2.googleapis.com/token',
};
const provider = { kind: 'vertex', project: 'contoso-ai', location: 'europe-west4', serviceAccountSecret: 'ACCOUNT' };

function parse(changes: object, account: object | string = keyFile) {
  const text = typeof account === 'string' ? account : JSON.stringify(account);
  return parseSettings({ PROVIDERS: JSON.stringify({ vertex: { ...provider, ...changes } }), ACCOUNT: text });
}

function settingsOf(changes: object, account: object = keyFile) {
  const parsed = parse(changes, account);
  if (!parsed.ok) throw new Error(parsed.failure);
  return parsed.value.providers[0];
}

function refusalOf(changes: object, account: object | string = keyFile): string {
  const parsed = parse(changes, account);
  if (parsed.ok) throw new Error('was taken');
  return parsed.failure;
}

describe('vertex', () => {
  test('is a place and the account of a key file', () => {
    expect(settingsOf({})).toEqual({
      kind: 'vertex',
      name: 'vertex',
      project: 'contoso-ai',
      location: 'europe-west4',
      baseUrl: 'https://europe-west4-aiplatform.googleapis.com',
      onDisconnect: 'goes_on',
      account: {
        email: 'gate@contoso-ai.iam.gserviceaccount.com',
        keyId: '3f9a1c',
        privateKey: 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC',
        tokenUrl: 'https://oauth2.googleapis.com/token',
      },
    });
  });

  test.each([
    ['global', 'https://aiplatform.googleapis.com'],
    ['eu', 'https://aiplatform.eu.rep.googleapis.com'],
    ['us', 'https://aiplatform.us.rep.googleapis.com'],
    ['northamerica-northeast1', 'https://northamerica-northeast1-aiplatform.googleapis.com'],
  ])('in %s is at %s', (location, baseUrl) => {
    expect(settingsOf({ location })).toMatchObject({ location, baseUrl });
  });

  test('may have both of its hosts elsewhere, if the configuration says so', () => {
    const elsewhere = { baseUrl: 'http://127.0.0.1:9/', tokenUrl: 'http://127.0.0.1:9/token' };
    expect(settingsOf(elsewhere, { ...keyFile, token_uri: 'https://evil.test/token' })).toMatchObject({
      baseUrl: 'http://127.0.0.1:9',
      account: { tokenUrl: 'http://127.0.0.1:9/token' },
    });
  });

  test.each([
    [{ project: 'Contoso' }, 'vertex: project: must be the id'],
    [{ project: '../other' }, 'vertex: project'],
    [{ project: undefined }, 'vertex: project'],
    [{ location: 'europe west4' }, 'vertex: location: must be a location'],
    [{ location: 'evil.test/' }, 'vertex: location'],
    [{ serviceAccountSecret: '' }, 'vertex: serviceAccountSecret'],
    [{ serviceAccountSecret: 'NO_SUCH' }, 'vertex: the secret NO_SUCH is not set'],
    [{ baseUrl: 'ftp://x.test' }, 'vertex: baseUrl'],
    [{ tokenUrl: 'x.test' }, 'vertex: tokenUrl'],
    [{ apiKeySecret: 'ACCOUNT' }, 'vertex'],
  ])('refuses %j', (changes, words) => {
    expect(refusalOf(changes)).toContain(words);
  });

  test.each([
    ['not JSON', 'must be the JSON key file'],
    ['[]', 'must be the JSON key file'],
    [{ ...keyFile, type: 'authorized_user' }, 'type: must be "service_account"'],
    [{ ...keyFile, client_email: 'gate' }, 'client_email: must be'],
    [{ ...keyFile, private_key: 'MIIEvQIBADANBgkq' }, 'private_key: must be a private key in PEM'],
    [{ ...keyFile, private_key: undefined }, 'private_key'],
    [{ ...keyFile, token_uri: 'https://evil.test/token' }, 'token_uri: must be https://oauth2.googleapis.com/token'],
    [{ ...keyFile, token_uri: 'https://oauth2.googleapis.com.evil.test/token' }, 'token_uri'],
  ])('refuses the key file %j', (account, words) => {
    const refusal = refusalOf({}, account);
    expect(refusal).toContain('the secret ACCOUNT: ');
    expect(refusal).toContain(words);
    expect(refusal).not.toMatch(/MIIE|gserviceaccount|evil/);
  });
});
