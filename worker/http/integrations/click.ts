// What Slack says of a click, as far as it matters here. Pure.

import { z } from 'zod';
import { requestIdSchema, slackUserIdSchema } from '../../../schema/ids.ts';
import { APPROVE, DENY } from '../messages/slack-buttons.ts';

export interface Click {
  readonly slackUser: z.infer<typeof slackUserIdSchema>;
  readonly action: typeof APPROVE | typeof DENY;
  readonly request: z.infer<typeof requestIdSchema>;
  /** The version of the request that the card shows. */
  readonly version: number;
  readonly responseUrl: string;
}

const interaction = z.looseObject({
  type: z.string(),
  user: z.looseObject({ id: slackUserIdSchema }),
  actions: z.array(z.looseObject({ action_id: z.string(), value: z.string().optional() })).optional(),
  response_url: z.string().refine(isOfSlack).optional(),
});
const button = z.object({ request: requestIdSchema, version: z.int().min(1) });
const actionId = z.enum([APPROVE, DENY]);

/** A click on one of our buttons; `not_ours` for whatever else Slack may tell of. */
export function clickIn(body: Uint8Array): Click | 'malformed' | 'not_ours' {
  const payload = new URLSearchParams(new TextDecoder().decode(body)).get('payload');
  const said = interaction.safeParse(parsed(payload ?? ''));
  if (!said.success) return 'malformed';
  const { type, user, actions: [first] = [], response_url: responseUrl } = said.data;
  const action = actionId.safeParse(first?.action_id);
  if (type !== 'block_actions' || !action.success) return 'not_ours';
  const value = button.safeParse(parsed(first?.value ?? ''));
  if (!value.success || responseUrl === undefined) return 'malformed';
  return { slackUser: user.id, action: action.data, ...value.data, responseUrl };
}

/** Answers go nowhere else, whatever a signed message says. */
function isOfSlack(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && url.origin === 'https://hooks.slack.com' && url.username === '' && url.password === '';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
