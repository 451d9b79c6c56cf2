// A whole answer as the events of a stream, for servers that answer in one piece although a stream was asked for. Pure.

import type { DialectName } from '../../schema/dialect-name.ts';
import { arrayAt, isObject, type JsonObject, objectAt, stringAt } from '../../schema/json.ts';
import type { StreamEvent } from '../../schema/stream-event.ts';
import { writeArguments } from './tool-arguments.ts';

type Named = readonly [name: string | null, data: JsonObject];

/** In the provider's dialect. */
export function wholeAsStream(dialect: DialectName, body: JsonObject): readonly StreamEvent[] {
  return eventsOf(dialect, body).map(([event, data]) => ({ event, data: JSON.stringify(data) }));
}

function eventsOf(dialect: DialectName, body: JsonObject): readonly Named[] {
  if (dialect === 'bedrock-converse') return eventsOfReply(body);
  const events = dialect === 'anthropic-messages' ? eventsOfMessage(body) : [chunkOfCompletion(body)];
  return events.map((event) => [stringAt(event, 'type'), event]);
}

function eventsOfMessage(body: JsonObject): readonly JsonObject[] {
  const { content: _, stop_reason: reason, stop_sequence: sequence, usage, ...message } = body;
  const blocks = arrayAt(body, 'content').filter(isObject);
  return [
    { type: 'message_start', message: { ...message, content: [], stop_reason: null, usage } },
    ...blocks.flatMap((block, index) => [
      { type: 'content_block_start', index, content_block: block },
      { type: 'content_block_stop', index },
    ]),
    { type: 'message_delta', delta: { stop_reason: reason, stop_sequence: sequence }, usage },
    { type: 'message_stop' },
  ];
}

function eventsOfReply(body: JsonObject): readonly Named[] {
  const blocks = arrayAt(objectAt(objectAt(body, 'output'), 'message'), 'content').filter(isObject);
  return [
    ['messageStart', { role: 'assistant' }],
    ...blocks.flatMap((block, contentBlockIndex) => placed(contentBlockIndex, piecesOf(block))),
    ['messageStop', { stopReason: body['stopReason'] }],
    ['metadata', { usage: body['usage'] }],
  ];
}

function placed(contentBlockIndex: number, pieces: readonly Named[]): readonly Named[] {
  const all: readonly Named[] = [...pieces, ['contentBlockStop', {}]];
  return all.map(([name, piece]) => [name, Object.assign({ contentBlockIndex }, piece)]);
}

function piecesOf(block: JsonObject): readonly Named[] {
  const use = objectAt(block, 'toolUse');
  if (use !== null) {
    const { input, ...toolUse } = use;
    return [
      ['contentBlockStart', { start: { toolUse } }],
      ['contentBlockDelta', { delta: { toolUse: { input: writeArguments(input) } } }],
    ];
  }
  const reasoning = objectAt(block, 'reasoningContent');
  if (reasoning === null) return [['contentBlockDelta', { delta: block }]];
  // What is one object in a whole answer comes one level higher, and one by one, in a stream.
  const members = Object.entries(objectAt(reasoning, 'reasoningText') ?? reasoning);
  return members.map(([name, value]) => ['contentBlockDelta', { delta: { reasoningContent: { [name]: value } } }]);
}

function chunkOfCompletion(body: JsonObject): JsonObject {
  const choices = arrayAt(body, 'choices').filter(isObject).map(deltaOfChoice);
  return { ...body, object: 'chat.completion.chunk', choices };
}

/** The message as its first and only piece, its calls numbered. */
function deltaOfChoice(choice: JsonObject): JsonObject {
  const { message, ...rest } = choice;
  const said = isObject(message) ? message : {};
  const calls = arrayAt(said, 'tool_calls').filter(isObject);
  const numbered = calls.map((call, index) => Object.assign({ index }, call));
  return { ...rest, delta: { ...said, ...(numbered.length > 0 && { tool_calls: numbered }) } };
}
