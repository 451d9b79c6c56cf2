// Clients that call without pause until they are told to stop, each call as planned for its number.

import { dollars } from '../helpers/admin-client.ts';
import { type CallEnd, type CallPlan, type CallRecord, capOf } from './call.ts';

const GIVE_UP_MS = 30_000;
const LAST_EVENT = { 'openai-chat': 'data: [DONE]', 'anthropic-messages': 'event: message_stop' } as const;

/** Who calls: a key of a team. */
export interface Party {
  readonly team: string;
  readonly keyId: string;
  readonly key: string;
}

export interface TrafficOptions {
  readonly url: string;
  readonly model: Readonly<Record<CallPlan['dialect'], string>>;
  readonly parties: readonly Party[];
  readonly clients: number;
  readonly nextCall: () => CallPlan;
}

export interface Traffic {
  /** Calls under way. */
  readonly open: () => number;
  /** No call is begun any more; resolves when the last has ended. */
  readonly stop: () => Promise<readonly CallRecord[]>;
}

export function startTraffic(options: TrafficOptions): Traffic {
  const stopped = new AbortController();
  const records: CallRecord[] = [];
  let open = 0;
  const client = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      open += 1;
      records.push(await makeCall(options, options.nextCall()));
      open -= 1;
    }
  };
  const clients = Promise.all(Array.from({ length: options.clients }, client));
  return {
    open: () => open,
    stop: async () => {
      stopped.abort();
      await clients;
      return records;
    },
  };
}

async function makeCall({ url, model, parties }: TrafficOptions, plan: CallPlan): Promise<CallRecord> {
  const party = parties[plan.party];
  if (party === undefined) throw new Error(`there is no party ${plan.party}`);
  const leaving = new AbortController();
  if (typeof plan.leaves === 'object') setTimeout(() => leaving.abort(), plan.leaves.afterMs);
  const signal = AbortSignal.any([leaving.signal, AbortSignal.timeout(GIVE_UP_MS)]);
  let response: Response | null = null;
  let end: CallEnd;
  try {
    response = await fetch(`${url}${pathOf(plan)}`, { ...requestOf(plan, model[plan.dialect], party.key), signal });
    end = await readAnswer(response, plan, leaving);
  } catch (error) {
    // A connection that breaks is a TypeError, one that the client gave up a DOMException.
    if (!(error instanceof TypeError || error instanceof DOMException)) throw error;
    end = leaving.signal.aborted ? 'left' : 'cut';
  }
  const cost = response?.headers.get('x-headgate-cost-usd') ?? null;
  return {
    number: plan.number,
    team: party.team,
    keyId: party.keyId,
    end,
    status: response?.status ?? null,
    requestId: response?.headers.get('x-headgate-request-id') ?? null,
    statedCost: cost === null ? null : dollars(cost),
  };
}

function pathOf({ dialect }: CallPlan): string {
  return dialect === 'openai-chat' ? '/v1/chat/completions' : '/v1/messages';
}

function requestOf({ dialect, number, stream }: CallPlan, model: string, key: string): RequestInit {
  const cap = dialect === 'openai-chat' ? { max_completion_tokens: capOf(number) } : { max_tokens: capOf(number) };
  return {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }], stream, ...cap }),
  };
}

async function readAnswer(response: Response, plan: CallPlan, leaving: AbortController): Promise<CallEnd> {
  if (!plan.stream || response.body === null || !response.ok) {
    await response.text();
    return response.ok ? 'answered' : 'refused';
  }
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const bytes of response.body) {
      text += decoder.decode(bytes, { stream: true });
      if (plan.leaves === 'at_first_chunk') leaving.abort();
    }
  } catch (error) {
    if (leaving.signal.aborted || !text.includes(LAST_EVENT[plan.dialect])) throw error;
    return 'unclosed';
  }
  return text.includes(LAST_EVENT[plan.dialect]) ? 'answered' : 'cut';
}
