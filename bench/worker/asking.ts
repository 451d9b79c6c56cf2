// The least that a gateway of this shape can do: the bare Worker, and around its fetch the questions to an object that a
// call needs, with nothing in them and nothing behind them. What this costs no ledger can save.

import { DurableObject } from 'cloudflare:workers';

interface AskingBindings {
  readonly UPSTREAM: string;
  readonly ANSWERING: DurableObjectNamespace<Answering>;
}

export class Answering extends DurableObject<AskingBindings> {
  /** As long as a real answer, decided by nobody. */
  ask(question: string): string {
    return question;
  }
}

/** About the length of a real admission. */
const QUESTION = 'q'.repeat(600);

export default {
  async fetch(request, { UPSTREAM, ANSWERING }) {
    const path = /^\/questions\/([0-2])(\/.*)$/.exec(new URL(request.url).pathname);
    const [, count = '0', rest = ''] = path ?? [];
    const ask = () => ANSWERING.getByName('team').ask(QUESTION);
    if (Number(count) > 0) await ask();
    const answer = await fetch(UPSTREAM + rest, { method: 'POST', headers: request.headers, body: request.body });
    if (Number(count) > 1) await ask();
    return new Response(answer.body, answer);
  },
} satisfies ExportedHandler<AskingBindings>;
