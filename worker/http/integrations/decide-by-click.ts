// Decides on a request because somebody clicked. A click is no authority: who they are is looked up, and what they may do is
// settled by the very decisions that the API takes.

import type { CallId } from '../../../schema/ids.ts';
import type { Administration } from '../../administration.ts';
import type { Act } from '../../records/act.ts';
import { findForDecision } from '../../records/decisions.ts';
import type { RequestRecord } from '../../records/request-row.ts';
import { findRequest } from '../../records/requests.ts';
import { findSlackUser } from '../../records/slack-users.ts';
import { approve, deny } from '../admin/deciding.ts';
import { type AdminFailure, explain } from '../admin/failure.ts';
import { presentRequest } from '../admin/request-form.ts';
import { APPROVE, whyNotInSlack } from '../messages/slack-buttons.ts';
import { escaped, requestCard, type SlackMessage } from '../messages/slack-form.ts';
import type { Click } from './click.ts';

/** In place of the card, or beside it, for the eyes of whoever clicked. */
type ClickAnswer =
  | (SlackMessage & { readonly replace_original: true })
  | { readonly response_type: 'ephemeral'; readonly replace_original: false; readonly text: string };

export async function decideByClick(admin: Administration, click: Click, requestId: CallId): Promise<ClickAnswer> {
  const { db } = admin;
  const known = await findSlackUser(db, click.slackUser);
  if (!known.ok) {
    return toThem(`Headgate does not know who you are. Ask an admin to enter ${click.slackUser} as a Slack user.`);
  }
  const { team, user } = known.value;
  const by = { kind: 'member', team, user } as const;
  const act: Act = { db, by, atMs: admin.now(), requestId };
  const attempt = click.action === APPROVE ? 'approve' : 'deny';
  const found = await findForDecision(act, click.request, { by, attempt });
  if (!found.ok) return toThem(explain(found.failure));
  const why = whyNotInSlack(presentRequest(found.value));
  if (why !== null) return toThem(`${why}: decide with the API, at /me/approvals/${click.request}.`);

  const { request: id, version } = click;
  const decided =
    attempt === 'approve'
      ? await approve(admin, act, { id, by }, { version })
      : await deny(admin, act, { id, by }, { version, reason: `denied in Slack by ${user}` });
  return decided.ok ? card(decided.value) : answerToRefusal(admin, click, decided.failure);
}

/** Where the card is stale, it is brought up to date for everybody; anything else concerns only whoever clicked. */
async function answerToRefusal(admin: Administration, click: Click, failure: AdminFailure): Promise<ClickAnswer> {
  if (failure.reason !== 'already_decided' && failure.reason !== 'stale_version') return toThem(explain(failure));
  const now = await findRequest(admin.db, click.request, admin.now());
  const beginning = failure.reason === 'already_decided' ? 'Already decided. ' : 'It has changed meanwhile. ';
  return now.ok ? card(now.value, beginning) : toThem(explain(now.failure));
}

function card(request: RequestRecord, beginning?: string): ClickAnswer {
  return { ...requestCard(presentRequest(request), beginning), replace_original: true };
}

function toThem(text: string): ClickAnswer {
  return { response_type: 'ephemeral', replace_original: false, text: escaped(text) };
}
