// A message as Slack shows it. What people wrote is shown as they wrote it: it can address nobody and link nowhere. Pure.

import type { Rate } from '../../../schema/team-config.ts';
import type { Message } from './message.ts';

/** A section of Slack's holds 3,000 characters. */
const MAX_TEXT_LENGTH = 2_900;

export interface SlackBlock {
  readonly type: string;
  readonly [member: string]: unknown;
}

/** For an incoming webhook, and for an answer to a click. */
export interface SlackMessage {
  /** What notifications show, and whoever cannot show blocks. */
  readonly text: string;
  readonly blocks: readonly SlackBlock[];
}

export function slackForm(message: Message): SlackMessage {
  const [headline, ...details] = linesOf(message);
  const text = clipped(escaped(headline));
  return { text, blocks: [section(clipped([`*${escaped(headline)}*`, ...details.map(escaped)].join('\n')))] };
}

function linesOf(message: Message): readonly [headline: string, ...details: string[]] {
  switch (message.type) {
    case 'request.opened':
      return [wish(message), ...reasons(message)];
    case 'request.expiring':
      return [`Still undecided: ${wish(message)}`, ...reasons(message)];
    case 'request.expired':
      return [`Nobody decided in time: ${wish(message)}`];
    case 'request.decided': {
      const { state, decision } = message.data.request;
      const by = decision?.by === undefined || decision.by === null ? '' : ` by ${decision.by}`;
      return [
        `${capital(state)}${by}: ${wish(message)}`,
        ...(decision?.reason ? [`They say: ${decision.reason}`] : []),
      ];
    }
    case 'grant.ended': {
      const { grant } = message.data;
      const whose = grant.user === null ? `of team ${grant.team}` : `of ${grant.user} in team ${grant.team}`;
      return [`${grant.state === 'revoked' ? 'Taken back' : 'Over'}: the grant ${whose} of ${whatOf(grant)}`];
    }
    case 'key.created':
    case 'key.revoked': {
      const { key } = message.data;
      const done = message.type === 'key.created' ? 'New key' : 'Revoked key';
      return [`${done} of ${key.user} in team ${key.team}: "${key.name}" (${key.id}, ends in ${key.last4})`];
    }
    case 'budget.threshold': {
      const { threshold } = message.data;
      const share = threshold.member === null ? '' : ` of ${threshold.member}`;
      const used = `${amountText({ ...threshold, amount: threshold.settled })} of ${amountText({ ...threshold, amount: threshold.limit })}`;
      return [
        `Budget ${threshold.budget}${share} in team ${threshold.team} reached ${threshold.threshold} %: ${used} used`,
      ];
    }
  }
}

type AboutRequest = Extract<Message, { readonly data: { readonly request: unknown } }>;

function wish({ data: { request } }: AboutRequest): string {
  return `${request.user} of team ${request.team} asks for ${whatOf(request)}`;
}

type Thing = Pick<AboutRequest['data']['request'], 'kind' | 'budget' | 'unit' | 'amount' | 'models' | 'rate'>;

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

function reasons({ data: { request } }: AboutRequest): string[] {
  return [`Why: ${request.reason}`, `Until ${request.until}; to be decided by ${request.expiresAt} (${request.id})`];
}

function amountText({
  unit,
  amount,
}: {
  readonly unit: string | null;
  readonly amount: string | number | null;
}): string {
  return unit === 'usd' ? `$${amount}` : `${amount} ${unit}`;
}

export function section(text: string): SlackBlock {
  return { type: 'section', text: { type: 'mrkdwn', text } };
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
