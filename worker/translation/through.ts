// Two translations one after the other, where the dialect between them holds all that matters of both. Pure.

import { badField } from '../../schema/bad-field.ts';
import type { BadRequest } from '../../schema/failure.ts';
import { fail, type Result } from '../../schema/result.ts';
import type { StreamEvent, StreamRewriter } from '../../schema/stream-event.ts';
import type { Asked, TranslatedRequest, Translation } from '../../schema/translation.ts';

/** What the members of the dialect between are called by the client, who knows no other names. */
export type Names = Readonly<Record<string, string>>;

/** What the cap of the output is called between the two; every translation of chat completions reads it. */
const CAP_BETWEEN = 'max_tokens';

export function through(first: Translation, second: Translation, names: Names): Translation {
  return {
    from: first.from,
    to: second.to,
    request: (body, address, capMember): Result<TranslatedRequest, BadRequest> => {
      const between = first.request(body, address, CAP_BETWEEN);
      if (!between.ok) return between;
      const translated = second.request(between.value.body, between.value.address, capMember);
      return translated.ok ? translated : renamed(translated.failure, names);
    },
    answer: (body, asked) => {
      const between = second.answer(body, askedBetween(first, asked));
      return between === null ? null : first.answer(between, asked);
    },
    stream: (asked) => joined(second.stream(askedBetween(first, asked)), first.stream(asked)),
  };
}

/** A request that was answered was translated before, so it is again. */
function askedBetween(first: Translation, asked: Asked): Asked {
  const between = first.request(asked.body, asked.address, CAP_BETWEEN);
  return between.ok ? { ...asked, ...between.value } : asked;
}

/** Places inside a member are left out: those of the client's own request may be others. */
function renamed(failure: BadRequest, names: Names): Result<never, BadRequest> {
  const { field, message } = failure;
  const name = names[/^\w+/.exec(field ?? '')?.[0] ?? ''];
  if (field === null || name === undefined || !message.startsWith(`${field} `)) return fail(failure);
  return badField(name, message.slice(field.length + 1).replace(/\.$/, ''));
}

function joined(inner: StreamRewriter, outer: StreamRewriter): StreamRewriter {
  const pass = (text: string): string =>
    eventsIn(text)
      .map((event) => outer.push(event))
      .join('');
  return {
    contentType: outer.contentType,
    push: (event) => pass(inner.push(event)),
    end: () => pass(inner.end()) + outer.end(),
  };
}

/** A rewriter writes whole events, each with its data on one line. */
function eventsIn(text: string): readonly StreamEvent[] {
  return text
    .split('\n\n')
    .filter((frame) => frame !== '')
    .map((frame) => ({
      event: /^event: (.*)$/m.exec(frame)?.[1] ?? null,
      data: /^data: (.*)$/m.exec(frame)?.[1] ?? null,
    }));
}
