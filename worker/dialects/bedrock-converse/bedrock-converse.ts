// AWS Bedrock's Converse and ConverseStream. Only providers speak it: no client calls Headgate in it.

import type { Failure } from '../../../schema/failure.ts';
import type { Dialect, RenderedFailure } from '../dialect.ts';
import { messageOf } from '../refusal-text.ts';
import { converseMeter } from './meter.ts';
import { editConverse, parseConverse } from './request.ts';

export const bedrockConverse: Dialect = {
  name: 'bedrock-converse',
  parse: parseConverse,
  edits: editConverse,
  meter: converseMeter,
  renderFailure,
  renderStreamFailure: (failure) => `event: exception\ndata: ${JSON.stringify(renderFailure(failure).body)}\n\n`,
};

/** As AWS words its own. What clients are told is rendered in their dialect. */
function renderFailure(failure: Failure): RenderedFailure {
  return { status: 500, headers: {}, body: { message: messageOf(failure) } };
}
