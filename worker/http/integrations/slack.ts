// POST /integrations/slack: somebody clicked on a card. Who sent it is settled before a byte of it is understood; Slack is
// answered at once, and what came of the click goes to where Slack says that the card is.

import { newCallId } from '../../../schema/ids.ts';
import { note } from '../../../schema/operator-log.ts';
import type { Settings } from '../../../schema/settings.ts';
import type { Administration } from '../../administration.ts';
import { isSignedBySlack } from '../../callers/slack-signature.ts';
import { reply } from '../../notifying.ts';
import { readBoundedBody } from '../read-body.ts';
import { type Click, clickIn } from './click.ts';
import { decideByClick } from './decide-by-click.ts';

/** A click carries the whole card. */
const MAX_BODY_BYTES = 256 * 1024;
const REQUEST_ID_BYTES = 16;

export interface SlackDesk {
  readonly administration: Administration;
  readonly settings: Pick<Settings, 'slackSigningSecret'>;
  /** Keeps work going after the answer. */
  readonly keepAlive: (work: Promise<void>) => void;
}

/** Null where Slack has nothing to say here. */
export async function answerSlack(request: Request, desk: SlackDesk): Promise<Response | null> {
  const { administration, settings, keepAlive } = desk;
  if (settings.slackSigningSecret === null) return null;
  const body = await readBoundedBody(request, MAX_BODY_BYTES);
  if (!body.ok) return refusal(413, 'body_too_large', `the body must be plain, and at most ${MAX_BODY_BYTES} bytes`);
  const { headers } = request;
  if (!(await isSignedBySlack(headers, body.value, settings.slackSigningSecret, administration.now()))) {
    return refusal(401, 'unauthorized', 'this is not signed by Slack, or not lately');
  }
  const click = clickIn(body.value);
  if (click === 'malformed') return refusal(400, 'invalid_request', 'this is no interaction that Slack would send');
  if (click !== 'not_ours') keepAlive(seeTo(administration, click));
  return new Response(null, { status: 200 });
}

async function seeTo(administration: Administration, click: Click): Promise<void> {
  const requestId = newCallId(administration.now(), crypto.getRandomValues(new Uint8Array(REQUEST_ID_BYTES)));
  try {
    const answer = await decideByClick(administration, click, requestId);
    await reply(click.responseUrl, JSON.stringify(answer), administration.now());
  } catch (error) {
    note({ event: 'internal_error', requestId, error });
  }
}

function refusal(status: number, code: string, message: string): Response {
  return Response.json({ error: { code, message } }, { status });
}
