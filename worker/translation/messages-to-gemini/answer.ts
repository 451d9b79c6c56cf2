// Gemini's whole answer as an Anthropic message. Pure.

import { type JsonObject, stringAt } from '../../../schema/json.ts';
import type { Asked } from '../../../schema/translation.ts';
import { clientIdOf } from '../gemini/contents.ts';
import { blockReasonIn, candidatesIn, type Ending, endingOf, type Said, saidIn, usageIn } from '../gemini/reply.ts';
import { messageOf, showsThoughts } from '../messages/message.ts';
import { shownSignature } from './signature.ts';
import { messageUsageOf, stopOf } from './words.ts';

/** Null for a body with neither a candidate nor a reason why there is none. */
export function messageOfGemini(body: JsonObject, asked: Asked): JsonObject | null {
  const [candidate] = candidatesIn(body);
  if (candidate === undefined && blockReasonIn(body) === null) return null;
  const ending: Ending = candidate === undefined ? 'filtered' : endingOf(stringAt(candidate, 'finishReason'));
  const said = candidate === undefined ? [] : saidIn(candidate);
  const hasCalls = said.some(({ kind }) => kind === 'call');
  return messageOf(asked.newId('msg_'), asked, {
    content: blocksOf(said, asked),
    stop: stopOf(ending, hasCalls),
    usage: messageUsageOf(usageIn(body)),
  });
}

/** Pieces of one kind in a row are one block. */
function blocksOf(said: readonly Said[], asked: Asked): readonly JsonObject[] {
  const shows = showsThoughts(asked);
  const blocks: JsonObject[] = [];
  const add = (type: 'text' | 'thinking', text: string): void => {
    const last = blocks.at(-1);
    if (last?.['type'] === type) blocks[blocks.length - 1] = { ...last, [type]: `${stringAt(last, type)}${text}` };
    else blocks.push({ type, [type]: text, ...(type === 'thinking' && { signature: '' }) });
  };
  for (const piece of said) {
    switch (piece.kind) {
      case 'text':
        add('text', piece.text);
        break;
      case 'thought':
        if (shows) add('thinking', piece.text);
        break;
      case 'call': {
        if (shows && piece.signature !== null) {
          add('thinking', '');
          blocks[blocks.length - 1] = { ...blocks.at(-1), signature: shownSignature(piece.signature) };
        }
        const id = clientIdOf(piece.id, () => asked.newId('toolu_'));
        blocks.push({ type: 'tool_use', id, name: piece.name, input: piece.args });
        break;
      }
    }
  }
  return blocks;
}
