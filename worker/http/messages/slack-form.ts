// A message as Slack shows it. What people wrote is shown as they wrote it: it can address nobody and link nowhere. Pure.

import type { Rate } from '../../../schema/team-config.ts';
import type { z } from '@hono/zod-openapi';
import type { requestBody } from '../admin/request-form.ts';
import type { Message } from './message.ts';
import { buttons, whyNotInSlack } from './slack-buttons.ts';

type AboutRequest = z.infer<typeof requestBody>;

/** A section of Slack's holds 3,000 characters. */
const MAX_TEXT_LENGTH = 2_900;

/** For an incoming webhook, and for an answer to a click. */
export interface SlackMessage {
  /** What notifications show, and whoever cannot show blocks. */
  readonly text: string;
  readonly blocks: readonly Readonly<Record<string, unknown>>[];
}

export function slackForm(message: Message): SlackMessage {
  switch (message.type) {
    case 'request.opened':
    case 'request.decided':
    case 'request.expired':
      return requestCard(message.data.request);
    case 'request.expiring':
      return requestCard(message.data.request, 'Soon over, and still undecided: ');
    case 'request.escalated':
      return requestCard(message.data.request, 'Before more people now, since nobody decided: ');
    case 'grant.created':
    case 'grant.ended':
    case 'key.created':
    case 'key.revoked':
    case 'budget.threshold':
    case 'budget.burning':
    case 'spend.anomaly':
      return shown([lineOf(message)]);
  }
}

/** A request as it is now, with buttons while it can be decided by one. */
export function requestCard(request: AboutRequest, beginning = ''): SlackMessage {
  const { id, user, team, state, decision, reason, until, expiresAt } = request;
  const wish = `${user} of team ${team} asks for ${whatOf(request)}`;
  if (state !== 'pending') {
    const by = decision === null || decision.by === null ? '' : ` by ${decision.by}`;
    const why = decision === null || decision.reason === null ? [] : [`Because: ${decision.reason}`];
    return shown([`${beginning}${capital(state)}${by}: ${wish}`, ...why]);
  }
  const lines = [`${beginning}${wish}`, `Why: ${reason}`, `Until ${until}; to be decided by ${expiresAt} (${id})`];
  const notHere = whyNotInSlack(request);
  if (notHere !== null) return shown([...lines, `${notHere}: decide with the API, at /me/approvals/${id}`]);
  const { text, blocks } = shown(lines);
  return { text, blocks: [...blocks, buttons(request)] };
}

function lineOf(message: Exclude<Message, { readonly data: { readonly request: unknown } }>): string {
  switch (message.type) {
    case 'grant.created':
    case 'grant.ended': {
      const { grant } = message.data;
      const whose = grant.user === null ? `of team ${grant.team}` : `of ${grant.user} in team ${grant.team}`;
      const done = message.type === 'grant.created' ? 'New' : grant.state === 'revoked' ? 'Taken back' : 'Over';
      return `${done}: the grant ${whose} of ${whatOf(grant)} (${grant.source}, by ${grant.createdBy})`;
    }
    case 'key.created':
    case 'key.revoked': {
      const { key } = message.data;
      const done = message.type === 'key.created' ? 'New key' : 'Revoked key';
      return `${done} of ${key.user} in team ${key.team}: "${key.name}" (${key.id}, ends in ${key.last4})`;
    }
    case 'budget.threshold': {
      const { threshold } = message.data;
      const share = threshold.member === null ? '' : ` of ${threshold.member}`;
      const used = `${amountText({ ...threshold, amount: threshold.settled })} of ${amountText({ ...threshold, amount: threshold.limit })}`;
      return `Budget ${threshold.budget}${share} in team ${threshold.team} reached ${threshold.threshold} %: ${used} used`;
    }
    case 'budget.burning':
    case 'spend.anomaly':
      return message.data.alert.summary;
  }
}

type Thing = Pick<AboutRequest, 'kind' | 'budget' | 'unit' | 'amount' | 'models' | 'rate'>;

function whatOf({ kind, budget, unit, amount, models, rate }: Thing): string {
  switch (kind) {
    case 'budget_increase':
      return `${amountText({ unit, amount })} more of budget ${budget}`;
    case 'model_access':
      return `models ${(models ?? []).join(', ')}`;
    case 'rate_increase':
      return `${amount} more ${rate === null ? '' : rateNames[rate]}`;
  }
}

const rateNames = {
  requestsPerMinute: 'requests per minute',
  tokensPerMinute: 'tokens per minute',
  concurrency: 'calls at the same time',
} satisfies Record<Rate, string>;

function amountText({
  unit,
  amount,
}: {
  readonly unit: string | null;
  readonly amount: string | number | null;
}): string {
  return unit === 'usd' ? `$${amount}` : `${amount} ${unit}`;
}

function shown(lines: readonly string[]): SlackMessage {
  const [headline = '', ...details] = lines.map((line) => escaped(line));
  const text = clipped([`*${headline}*`, ...details].join('\n'));
  // Verbatim: Slack makes no links of what only looks like one.
  return { text: clipped(headline), blocks: [{ type: 'section', text: { type: 'mrkdwn', text, verbatim: true } }] };
}

/** Slack's own three characters: without them nothing is a mention, a link or a command. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function clipped(text: string): string {
  return text.length <= MAX_TEXT_LENGTH ? text : `${text.slice(0, MAX_TEXT_LENGTH)}…`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
