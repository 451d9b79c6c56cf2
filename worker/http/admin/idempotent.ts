// A POST with an Idempotency-Key is done once: sent again, it gets the answer of the first time. Only what succeeded is kept;
// what was refused changed nothing and may be tried again. Secrets are not kept, so that they stay shown once.

import { actorName } from '../../../schema/actor.ts';
import { isObject, parseJson } from '../../../schema/json.ts';
import { sha256Hex } from '../../../schema/sha256.ts';
import { type Asked, claimAnswer, keepAnswer, releaseClaim } from '../../records/idempotent-answers.ts';
import type { AdminContext, AdminMiddleware } from './dependencies.ts';
import { errorOf, refuse } from './failure.ts';
import { isoTime } from './fields.ts';
import type { OperationId } from './operations.ts';

const KEY_PATTERN = /^[\x21-\x7e]{1,255}$/;
const RETRY_AFTER_SECONDS = '2';

/** Operations whose answer shows a secret. */
const SHOW_A_SECRET: ReadonlySet<OperationId> = new Set<OperationId>(['createKey', 'rotateKey', 'rotateWebhookSecret']);

export const idempotent: AdminMiddleware = async (context, next) => {
  const { req } = context;
  const key = req.header('idempotency-key');
  if (req.method !== 'POST' || key === undefined) return next();
  if (!KEY_PATTERN.test(key)) return refuse(context, invalidKey);
  const { admin, actor } = context.var;
  const bodyDigest = await sha256Hex(await req.text());
  const asked = { actor: actorName(actor), route: `POST ${req.path}`, key, bodyDigest };
  const claim = await claimAnswer(admin.db, asked, admin.now());
  switch (claim.outcome) {
    case 'claimed':
      await next();
      return keep(context, asked);
    case 'other_body':
      return context.json(errorOf('idempotency_key_reused', messages.other_body), 422);
    case 'in_flight':
      context.header('retry-after', RETRY_AFTER_SECONDS);
      return context.json(
        errorOf('idempotency_in_flight', messages.in_flight, { begunAt: isoTime(claim.begunAtMs) }),
        409,
      );
    case 'answered':
      return claim.onceOnly
        ? context.json(errorOf('already_done', messages.already_done, { id: parseJson(claim.answer) ?? null }), 409)
        : new Response(claim.answer, {
            status: claim.status,
            headers: { 'content-type': 'application/json', 'idempotency-replayed': 'true' },
          });
  }
};

async function keep({ res, var: { admin, operation } }: AdminContext, asked: Asked): Promise<void> {
  if (!res.ok) return releaseClaim(admin.db, asked);
  const text = await res.clone().text();
  const onceOnly = SHOW_A_SECRET.has(operation);
  await keepAnswer(admin.db, asked, { status: res.status, answer: onceOnly ? idIn(text) : text, onceOnly });
}

/** What the answer is about, as JSON. */
function idIn(text: string): string {
  const answer = parseJson(text);
  const id = isObject(answer) ? (answer['id'] ?? answer['name']) : null;
  return JSON.stringify(id ?? null);
}

const invalidKey = {
  reason: 'invalid_field',
  field: 'idempotency-key',
  message: 'must be 1 to 255 visible characters, such as a UUID',
} as const;

const messages = {
  other_body: 'this Idempotency-Key was used for another body within the last day; use a new one',
  in_flight:
    'the same request is under way, or ended without an answer; ask again, and if this stays, look what is there',
  already_done:
    'this was done, and its secret is shown once and kept nowhere; make another, and end the one of this id',
};
