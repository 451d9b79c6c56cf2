// How webhooks, and what was sent to them, are written in JSON. Pure.

import { z } from '@hono/zod-openapi';
import { teamIdSchema } from '../../../schema/ids.ts';
import { eventPatterns, webhookFormats } from '../../../schema/notice.ts';
import type { WebhookRow } from '../../records/webhooks.ts';
import type { Outcome } from '../../webhooks/post.ts';
import { isoTime, isoTimeOrNull } from './fields.ts';

const MAX_EVENTS = 20;

const eventsField = z
  .array(z.enum(eventPatterns))
  .min(1, 'must name at least one')
  .max(MAX_EVENTS, `must be at most ${MAX_EVENTS}`)
  .readonly()
  .openapi({ example: ['request.*', 'budget.threshold'], description: 'Topics, or all of a kind.' });

export const webhookInput = z
  .strictObject({
    url: z.string().openapi({
      example: 'https://hooks.example.com/headgate',
      description: 'https, at a host of the public internet, at port 443 or 8443. Redirects are not followed.',
    }),
    events: eventsField.default(['*']),
    team: teamIdSchema.nullable().default(null).openapi({ description: 'Only of this team; null hears of all.' }),
    format: z.enum(webhookFormats).default('standard').openapi({
      description: 'A message as JSON, or one that Slack shows: then the url is that of an incoming webhook of Slack.',
    }),
    enabled: z.boolean().default(true),
  })
  .openapi('WebhookInput');

export const webhookBody = z
  .object({
    name: z.string(),
    url: z.string(),
    events: z.array(z.enum(eventPatterns)),
    team: z.string().nullable(),
    format: z.enum(webhookFormats),
    enabled: z.boolean(),
    disabledWhy: z.string().nullable().openapi({ description: 'Where Headgate disabled it by itself.' }),
    failingSince: z.iso.datetime().nullable().openapi({ description: 'Null while messages get through.' }),
    previousSecretUntil: z.iso.datetime().nullable().openapi({ description: 'Until when two secrets sign.' }),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .openapi('Webhook');

const secretField = z.string().openapi({
  example: 'whsec_…',
  description: 'What messages are signed with. It is shown this once.',
});

export const issuedWebhookBody = webhookBody.extend({ secret: secretField }).openapi('IssuedWebhook');

export const rotatedBody = z
  .object({
    secret: secretField,
    previousUntil: z.iso.datetime().nullable().openapi({ description: 'Until when the one before signs as well.' }),
  })
  .openapi('RotatedSecret');

export const trialBody = z
  .object({
    status: z.int().nullable().openapi({ description: 'What the endpoint answered; null if it did not.' }),
    answer: z.string().nullable().openapi({ description: 'How its answer begins.' }),
    error: z.string().nullable().openapi({ description: 'Why there is no answer.' }),
  })
  .openapi('WebhookTrial');

export function presentWebhook(webhook: WebhookRow): z.infer<typeof webhookBody> {
  const { name, url, events, team, format, enabled, disabledWhy, failingSince, createdAt, updatedAt } = webhook;
  return {
    name,
    url,
    events: [...events],
    team,
    format,
    enabled,
    disabledWhy,
    failingSince: isoTimeOrNull(failingSince),
    previousSecretUntil: isoTimeOrNull(webhook.previousUntil),
    createdAt: isoTime(createdAt),
    updatedAt: isoTime(updatedAt),
  };
}

export function presentTrial(outcome: Outcome): z.infer<typeof trialBody> {
  switch (outcome.kind) {
    case 'answered':
      return { status: outcome.status, answer: outcome.text, error: null };
    case 'not_sent':
    case 'unanswered':
      return { status: null, answer: null, error: outcome.error };
  }
}
