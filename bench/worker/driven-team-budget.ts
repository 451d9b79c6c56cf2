// The team's object with an engine of its own: it admits and settles calls from within, so that a million of them take
// minutes. What is measured is the object's own work: decoding, deciding, writing.

import { TeamBudget } from '../../durable-objects/team-budget.ts';
import { decode, encode } from '../../schema/encoded.ts';
import { callId } from '../../schema/ids.ts';
import type { AdmitInput, SettleInput } from '../../schema/ledger.ts';
import { micros } from '../../schema/micros.ts';
import { NO_USAGE } from '../../schema/usage.ts';

export interface Drive {
  readonly keyDigest: string;
  /** Number of the first call; each number may be used once in a team. */
  readonly from: number;
  readonly calls: number;
  /** So many calls are open at the same time. */
  readonly together: number;
}

const ID_DIGITS = 26;
const HELD = { usd: micros(1_000), tokens: 100, requests: 1 };
const SETTLED = { usd: micros(700), tokens: 70, requests: 1 };
const FACTS = {
  model: 'gpt-5-mini',
  provider: 'openai',
  upstreamModel: 'gpt-5-mini',
  dialect: 'openai-chat',
  stream: false,
  priceVersion: 'bench',
};
const ENDING = {
  outcome: 'completed',
  status: 200,
  usage: NO_USAGE,
  estimated: false,
  latencyMs: 1,
  ttfbMs: 1,
} as const;

export class DrivenTeamBudget extends TeamBudget {
  /** Resolves with how many calls were admitted and settled: all of them, or the figures are of something else. */
  async drive({ keyDigest, from, calls, together }: Drive): Promise<number> {
    let done = 0;
    for (let first = from; first < from + calls; first += together) {
      const ids = Array.from({ length: together }, (_, index) =>
        callId(`req_${String(first + index).padStart(ID_DIGITS, '0')}`),
      );
      await Promise.all(ids.map((id) => this.admit(encode(admission(id, keyDigest)))));
      const replies = await Promise.all(ids.map((id) => this.settle(encode(settlement(id)))));
      done += replies.filter((reply) => decode(reply).outcome === 'settled').length;
    }
    return done;
  }
}

function admission(id: AdmitInput['callId'], keyDigest: string): AdmitInput {
  return {
    callId: id,
    keyDigest,
    ask: { most: HELD, least: HELD, elastic: false },
    lifetimeMs: 60_000,
    facts: FACTS,
  };
}

function settlement(id: SettleInput['callId']): SettleInput {
  return { callId: id, amounts: SETTLED, ending: ENDING };
}
