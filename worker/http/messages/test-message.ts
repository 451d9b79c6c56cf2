// The message a webhook is tried with. Pure.

import type { WebhookRow } from '../../records/webhooks.ts';
import { isoTime } from '../admin/fields.ts';

export function testBody({ name, format }: Pick<WebhookRow, 'name' | 'format'>, nowMs: number): string {
  switch (format) {
    case 'standard':
      return JSON.stringify({ type: 'test', timestamp: isoTime(nowMs), data: { webhook: name } });
    case 'slack':
      return JSON.stringify({ text: `This is where Headgate tells what its webhook "${name}" hears of.` });
  }
}
