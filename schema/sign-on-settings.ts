// Settings of single sign-on: whose tokens are believed, and what their claims make of a person.

import { z } from 'zod';
import { type CompanyRole, companyRoles } from './roles.ts';

/** Where in a token's claims something stands: names from the outside in. */
export type ClaimPath = readonly string[];

/** Who has a role: members of a group of the issuer's, or users by their id. */
export interface RoleRule {
  readonly role: CompanyRole;
  readonly groups: ReadonlySet<string>;
  readonly users: ReadonlySet<string>;
}

export interface SignOnIssuer {
  /** As the configuration calls it. */
  readonly name: string;
  /** To the letter, as `iss` of its tokens has it. */
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUrl: string;
  readonly algorithms: readonly SigningAlgorithm[];
  /** How far its clock and ours may be apart. */
  readonly clockToleranceSeconds: number;
  readonly userClaim: ClaimPath;
  /** With it, a user's id is the part of their e-mail address before this domain, and other addresses are not taken. */
  readonly userDomain: string | null;
  readonly groupsClaim: ClaimPath;
  /** Which claim says in which of their teams somebody asks, if they do not say it themselves. */
  readonly teamClaim: ClaimPath | null;
  readonly roles: readonly RoleRule[];
}

/** Signatures that are made with a key nobody else has. */
const signingAlgorithms = ['RS256', 'ES256'] as const;
type SigningAlgorithm = (typeof signingAlgorithms)[number];

const MAX_ISSUERS = 10;
const MAX_NAMED = 1_000;
const MAX_CLAIM_DEPTH = 5;
const MAX_TOLERANCE_SECONDS = 300;
const DEFAULT_TOLERANCE_SECONDS = 30;
const TOLERANCE_MESSAGE = `must be a whole number from 0 to ${MAX_TOLERANCE_SECONDS}`;

const ROLES_MESSAGE = `must be of the roles ${companyRoles.join(', ')}; who is a member or leads a team, the team says`;

/** Where each kind of issuer has its public keys. */
const KEYS_AT = {
  'openid-connect': '/.well-known/jwks.json',
  'cloudflare-access': '/cdn-cgi/access/certs',
} as const;

const claimName = z.string().min(1, 'must name a claim');
const claimPath = z
  .union([claimName.transform((name) => [name]), z.array(claimName).min(1).max(MAX_CLAIM_DEPTH)], {
    error: 'must be the name of a claim, or a list of names from the outside in',
  })
  .readonly();

const secureUrl = z.string().refine(isSecure, 'must be a URL that begins with https://');
const names = z.array(z.string().min(1)).max(MAX_NAMED, `must be at most ${MAX_NAMED}`).default([]);

const issuerForm = z.strictObject({
  kind: z.enum(['openid-connect', 'cloudflare-access'], 'must be openid-connect or cloudflare-access'),
  issuer: secureUrl,
  audience: z.string().min(1, 'must not be empty'),
  jwksUrl: secureUrl.optional(),
  algorithms: z
    .array(z.enum(signingAlgorithms, `must be of ${signingAlgorithms.join(', ')}`))
    .min(1, 'must name at least one')
    .default([...signingAlgorithms]),
  clockToleranceSeconds: z
    .int(TOLERANCE_MESSAGE)
    .min(0, TOLERANCE_MESSAGE)
    .max(MAX_TOLERANCE_SECONDS, TOLERANCE_MESSAGE)
    .default(DEFAULT_TOLERANCE_SECONDS),
  userClaim: claimPath.default(['email']),
  userDomain: z
    .string()
    .regex(/^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/, 'must be a domain in small letters, such as "example.com"')
    .optional(),
  groupsClaim: claimPath.default(['groups']),
  teamClaim: claimPath.nullable().default(null),
  roles: z
    .partialRecord(z.enum(companyRoles), z.strictObject({ groups: names, users: names }), {
      error: ({ code }) => (code === 'invalid_type' ? undefined : ROLES_MESSAGE),
    })
    .default({}),
});

/** The value of `SIGN_ON`: issuers by the names the company has for them. */
export const signOnForm = z
  .record(z.string().min(1), issuerForm)
  .refine((issuers) => Object.keys(issuers).length <= MAX_ISSUERS, `must be at most ${MAX_ISSUERS} issuers`)
  .transform((issuers) => Object.entries(issuers).map(([name, form]) => issuerOf(name, form)));

function issuerOf(name: string, form: z.output<typeof issuerForm>): SignOnIssuer {
  const { kind, jwksUrl, userDomain, roles, ...rest } = form;
  return {
    ...rest,
    name,
    jwksUrl: jwksUrl ?? rest.issuer.replace(/\/+$/, '') + KEYS_AT[kind],
    userDomain: userDomain ?? null,
    roles: companyRoles.flatMap((role) => {
      const { groups, users } = roles[role] ?? {};
      return groups === undefined ? [] : [{ role, groups: new Set(groups), users: new Set(users) }];
    }),
  };
}

/** On this machine, for local runs, it need not be: nobody stands in between. */
function isSecure(text: string): boolean {
  const url = URL.parse(text);
  if (url === null) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && ['localhost', '127.0.0.1'].includes(url.hostname));
}
