// An office whose lead is known in Slack, and whoever clicks there. Workerd only.

import { eq } from 'drizzle-orm';
import { expect } from 'vitest';
import { z } from 'zod';
import { notices } from '../../../schema/d1/notice-tables.ts';
import { answerSlack } from '../../../worker/http/integrations/slack.ts';
import { messageOf } from '../../../worker/http/messages/message.ts';
import { slackForm } from '../../../worker/http/messages/slack-form.ts';
import { playEndpoint } from '../../helpers/endpoint.ts';
import { Office } from '../admin/office.ts';

const SECRET = 'the signing secret of an app';
const RESPONSE_URL = 'https://hooks.slack.com/actions/T000/1/abc';
const card = z.looseObject({
  text: z.string(),
  blocks: z.array(
    z.looseObject({
      type: z.string(),
      elements: z.array(z.object({ action_id: z.string(), value: z.string() }).loose()).optional(),
    }),
  ),
});

/** The headers that Slack would send, at a time in seconds since 1970. */
export async function sign(body: string, timestamp: number, secret = SECRET): Promise<Record<string, string>> {
  const encoder = new TextEncoder();
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', encoder.encode(secret), algorithm, false, ['sign']);
  const mac = new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(`v0:${timestamp}:${body}`)));
  const hex = Array.from(mac, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { 'x-slack-request-timestamp': String(timestamp), 'x-slack-signature': `v0=${hex}` };
}

interface Clicked {
  readonly slackUser?: string;
  readonly action?: string;
  readonly value?: unknown;
  readonly rest?: Record<string, unknown>;
}

export function bodyOf({ slackUser = 'U0BEN', action = 'headgate.approve', value, rest }: Clicked): string {
  const payload = {
    type: 'block_actions',
    user: { id: slackUser, username: 'ben' },
    response_url: RESPONSE_URL,
    actions: [{ type: 'button', action_id: action, value: JSON.stringify(value) }],
    ...rest,
  };
  return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
}

/** An office with Ben, a lead, known in Slack; what is answered to his clicks; and the cards that Slack shows. */
export async function openSlack() {
  const office = await Office.open();
  const { api, team } = office;
  const [ada, ben] = [await office.member('ada'), await office.member('ben', 'lead')];
  await api.call('PUT', '/slack-users/U0BEN', { team, user: 'ben' });
  await api.call('PUT', '/slack-users/U0ADA', { team, user: 'ada' });
  const answers = playEndpoint(() => new Response('ok'));
  const send = async (body: string, headers: Record<string, string>, slackSigningSecret: string | null = SECRET) => {
    const kept: Promise<unknown>[] = [];
    const response = await answerSlack(
      new Request('https://headgate.test/integrations/slack', { method: 'POST', body, headers }),
      {
        administration: office.administration(),
        settings: { slackSigningSecret },
        keepAlive: (work) => kept.push(work),
      },
    );
    await Promise.all(kept);
    return { status: response?.status ?? 404, worked: kept.length };
  };
  const click = async (clicked: Clicked) => {
    const body = bodyOf(clicked);
    const before = answers.length;
    const { status } = await send(body, await sign(body, Math.floor(api.nowMs / 1_000)));
    expect(status).toBe(200);
    const [answer] = answers.slice(before);
    if (answer === undefined) throw new Error('the click was not answered');
    expect(answer.url).toBe(RESPONSE_URL);
    return z.looseObject({ replace_original: z.boolean(), text: z.string() }).parse(JSON.parse(answer.text));
  };
  /** What the buttons of the request's first card carry. */
  const cardOf = async (request: string) => {
    const [notice] = await api.db.select().from(notices).where(eq(notices.subject, request));
    const message = notice === undefined ? null : await messageOf(api.db, notice, api.nowMs);
    if (message === null) throw new Error('there is no notice');
    return card.parse(slackForm(message));
  };
  const valueOf = async (request: string): Promise<unknown> => {
    const { blocks } = await cardOf(request);
    const value = blocks.flatMap(({ elements = [] }) => elements).at(0)?.value;
    return value === undefined ? null : JSON.parse(value);
  };
  const stateOf = async (request: string) =>
    z.looseObject({ state: z.string() }).parse(await api.expect(200, 'GET', `/requests/${request}`));
  return { office, api, team, ada, ben, answers, send, click, cardOf, valueOf, stateOf };
}
