// What a message says: whom or what it is about, in the very form in which the API shows it, as it is when it is said. It
// never has a key in it, nor a prompt: neither is anywhere to be read from.

import type { z } from '@hono/zod-openapi';
import { alertIdSchema, grantIdSchema, keyIdSchema, requestIdSchema } from '../../../schema/ids.ts';
import type { Database } from '../../records/database.ts';
import { findGrant } from '../../records/grants.ts';
import { findKey } from '../../records/keys.ts';
import type { NoticeRow } from '../../records/notices.ts';
import { findRequest } from '../../records/requests.ts';
import { findAlert } from '../../records/spend-alerts.ts';
import { findThresholdEvent } from '../../records/threshold-events.ts';
import { type alertBody, presentAlert } from '../admin/alert-form.ts';
import { isoTime } from '../admin/fields.ts';
import { type grantBody, presentGrant } from '../admin/grants.ts';
import { type keyBody, presentKey } from '../admin/key-form.ts';
import { presentRequest, type requestBody } from '../admin/request-form.ts';
import { presentThreshold, type thresholdEventBody } from '../admin/threshold-events.ts';

type About<Type extends NoticeRow['topic'], Data> = {
  readonly type: Type;
  /** When it happened. */
  readonly timestamp: string;
  readonly data: Data;
};

export type Message =
  | About<
      'request.opened' | 'request.expiring' | 'request.escalated' | 'request.expired' | 'request.decided',
      { readonly request: z.infer<typeof requestBody> }
    >
  | About<'grant.created' | 'grant.ended', { readonly grant: z.infer<typeof grantBody> }>
  | About<'key.created' | 'key.revoked', { readonly key: z.infer<typeof keyBody> }>
  | About<'budget.threshold', { readonly threshold: z.infer<typeof thresholdEventBody> }>
  | About<'budget.burning' | 'spend.anomaly', { readonly alert: z.infer<typeof alertBody> }>;

/** Null where what it is about is no longer there. */
export async function messageOf(db: Database, notice: NoticeRow, nowMs: number): Promise<Message | null> {
  const { topic, team, subject, at } = notice;
  const timestamp = isoTime(at);
  switch (topic) {
    case 'request.opened':
    case 'request.expiring':
    case 'request.escalated':
    case 'request.expired':
    case 'request.decided': {
      const request = await findRequest(db, requestIdSchema.parse(subject), nowMs);
      return request.ok ? { type: topic, timestamp, data: { request: presentRequest(request.value) } } : null;
    }
    case 'grant.created':
    case 'grant.ended': {
      const grant = await findGrant(db, grantIdSchema.parse(subject), nowMs);
      return grant === null ? null : { type: topic, timestamp, data: { grant: presentGrant(grant) } };
    }
    case 'key.created':
    case 'key.revoked': {
      const key = await findKey(db, team, keyIdSchema.parse(subject));
      return key === null ? null : { type: topic, timestamp, data: { key: presentKey(key) } };
    }
    case 'budget.threshold': {
      const event = await findThresholdEvent(db, subject);
      return event === null ? null : { type: topic, timestamp, data: { threshold: presentThreshold(event) } };
    }
    case 'budget.burning':
    case 'spend.anomaly': {
      const alert = await findAlert(db, alertIdSchema.parse(subject));
      return alert === null ? null : { type: topic, timestamp, data: { alert: presentAlert(alert) } };
    }
  }
}
