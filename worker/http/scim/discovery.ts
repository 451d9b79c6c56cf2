// What a directory may ask first: what there is here, and in which form (RFC 7643, sections 5 to 7).

import type { JsonObject } from '../../../schema/json.ts';
import { EMAIL_PARTS, ENTERPRISE, ENTERPRISE_PARTS, NAME_PARTS, USER } from './resource.ts';

export const MAX_PAGE = 200;

export const serviceProviderConfig: JsonObject = {
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
  patch: { supported: true },
  bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
  filter: { supported: true, maxResults: MAX_PAGE },
  changePassword: { supported: false },
  sort: { supported: false },
  etag: { supported: false },
  authenticationSchemes: [
    { type: 'oauthbearertoken', name: 'Bearer token', description: 'The deployment’s SCIM_TOKEN', primary: true },
  ],
};

export const resourceTypes: readonly JsonObject[] = [
  {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'],
    id: 'User',
    name: 'User',
    endpoint: '/Users',
    schema: USER,
    schemaExtensions: [{ schema: ENTERPRISE, required: false }],
  },
];

const SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:Schema';

export const schemas: readonly JsonObject[] = [
  {
    schemas: [SCHEMA],
    id: USER,
    name: 'User',
    attributes: [
      attribute('userName', { required: true, uniqueness: 'server' }),
      attribute('externalId', { caseExact: true }),
      attribute('displayName'),
      attribute('active', { type: 'boolean' }),
      attribute('name', { type: 'complex', subAttributes: NAME_PARTS.map((part) => attribute(part)) }),
      attribute('emails', {
        type: 'complex',
        multiValued: true,
        subAttributes: EMAIL_PARTS.map((part) => attribute(part, part === 'primary' ? { type: 'boolean' } : {})),
      }),
    ],
  },
  {
    schemas: [SCHEMA],
    id: ENTERPRISE,
    name: 'EnterpriseUser',
    attributes: ENTERPRISE_PARTS.map((part) => attribute(part)),
  },
];

function attribute(name: string, own: JsonObject = {}): JsonObject {
  return {
    name,
    type: 'string',
    multiValued: false,
    required: false,
    caseExact: false,
    mutability: 'readWrite',
    returned: 'default',
    uniqueness: 'none',
    ...own,
  };
}
