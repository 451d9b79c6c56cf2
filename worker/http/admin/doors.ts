// What holds for every request and answer of the admin API and of /me, whoever asks. A browser adds the credential of Cloudflare
// Access by itself, so a write that a page of another site made it send is turned away before anybody is recognised in it.

import type { AdminContext, AdminMiddleware } from './dependencies.ts';
import { errorOf } from './failure.ts';

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
/** What browsers say of a request that no other site had a part in. */
const OWN_SITE: ReadonlySet<string> = new Set(['same-origin', 'none']);
const CSV = { name: 'text/csv', pattern: /^text\/csv\s*(?:;|$)/i } as const;
const JSON_BODY = { name: 'application/json', pattern: /^application\/json\s*(?:;|$)/i } as const;

const ANSWER_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

/** No page shows what is answered, frames it, or keeps it. Nothing here allows another origin to read. */
export const withAnswerHeaders: AdminMiddleware = async (context, next) => {
  await next();
  for (const [name, value] of Object.entries(ANSWER_HEADERS)) context.header(name, value);
};

export const turnAwayForgeries: AdminMiddleware = async (context, next) => {
  return READS.has(context.req.method) || isOfOwnSite(context) ? next() : context.json(crossSite, 403);
};

/** A form can be sent from any page without asking first; JSON cannot, nor can the one list that is taken as CSV. */
export const takeJsonOnly: AdminMiddleware = async (context, next) => {
  const type = context.req.header('content-type');
  const taken = context.var.operation === 'importMembers' ? CSV : JSON_BODY;
  return READS.has(context.req.method) || type === undefined || taken.pattern.test(type)
    ? next()
    : context.json(errorOf('unsupported_media_type', `send the body as "content-type: ${taken.name}"`), 415);
};

/** Programs say neither; browsers say both, and pages cannot change what they say. */
function isOfOwnSite({ req }: AdminContext): boolean {
  const site = req.header('sec-fetch-site');
  const origin = req.header('origin');
  return (site === undefined || OWN_SITE.has(site)) && (origin === undefined || origin === new URL(req.url).origin);
}

const crossSite = errorOf(
  'cross_site',
  'a page of another site sent this; changes are taken from programs and own pages',
);
