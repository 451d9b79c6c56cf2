// A whole chat completion as a Responses answer. Pure.

import { arrayAt, isObject, type JsonObject, objectAt, stringAt } from '../../../schema/json.ts';
import type { Asked } from '../../../schema/translation.ts';
import { usageIn } from '../chat-usage.ts';
import { refusalIn, textIn, thoughtsIn } from '../chat-words.ts';
import { sealThoughts, signedThoughtsIn } from '../signed-thoughts.ts';
import { toolFinder } from './client-tools.ts';
import {
  callItem,
  idPrefixOf,
  messageItem,
  outcomeOf,
  reasoningItem,
  refusalPart,
  responseOf,
  textPart,
  usageOf,
} from './response.ts';

/** Null for a body without a choice, which is no answer. */
export function responseOfChat(body: JsonObject, asked: Asked): JsonObject | null {
  const choice = arrayAt(body, 'choices').find(isObject);
  const message = objectAt(choice ?? null, 'message');
  if (choice === undefined || message === null) return null;
  const { status, reason } = outcomeOf(stringAt(choice, 'finish_reason'));
  const output: JsonObject[] = [];
  const thoughts = thoughtsIn(message);
  const sealed = sealThoughts(asked.model, signedThoughtsIn(message));
  if (thoughts !== '' || sealed !== null) {
    output.push(reasoningItem(asked.newId('rs_'), 'completed', thoughts, sealed));
  }
  const parts = partsOf(message);
  if (parts.length > 0) output.push(messageItem(asked.newId('msg_'), status, parts));
  output.push(...callsOf(message, asked));
  const usage = usageOf(usageIn(body));
  return responseOf(asked.newId('resp_'), asked, { status, reason, output, usage });
}

function partsOf(message: JsonObject): JsonObject[] {
  const text = textIn(message);
  const refusal = refusalIn(message);
  return [...(text === '' ? [] : [textPart(text)]), ...(refusal === '' ? [] : [refusalPart(refusal)])];
}

function callsOf(message: JsonObject, asked: Asked): JsonObject[] {
  const find = toolFinder(asked.body);
  return arrayAt(message, 'tool_calls')
    .filter(isObject)
    .map((call) => {
      const written = objectAt(call, 'function');
      const tool = find(stringAt(written, 'name') ?? '');
      return callItem(
        {
          id: asked.newId(idPrefixOf(tool)),
          callId: stringAt(call, 'id') ?? asked.newId('call_'),
          tool,
          written: stringAt(written, 'arguments') ?? '',
        },
        'completed',
      );
    });
}
