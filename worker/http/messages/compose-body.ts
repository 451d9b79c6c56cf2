// The body of a message, in the form its webhook wants.

import type { WebhookFormat } from '../../../schema/notice.ts';
import type { Database } from '../../records/database.ts';
import type { NoticeRow } from '../../records/notices.ts';
import { messageOf } from './message.ts';
import { slackForm } from './slack-form.ts';

/** Null if what it was about is gone. */
export async function composeBody(
  db: Database,
  notice: NoticeRow,
  format: WebhookFormat,
  nowMs: number,
): Promise<string | null> {
  const message = await messageOf(db, notice, nowMs);
  if (message === null) return null;
  switch (format) {
    case 'standard':
      return JSON.stringify(message);
    case 'slack':
      return JSON.stringify(slackForm(message));
  }
}
