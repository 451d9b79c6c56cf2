// Refusals and failures as clients of chat completions expect them.

import type { Failure } from '../../../schema/failure.ts';
import type { RenderedFailure } from '../dialect.ts';
import { renderOpenaiFailure } from '../openai-failure.ts';

export function renderChatFailure(failure: Failure, requestId: string): RenderedFailure {
  return renderOpenaiFailure(failure, requestId);
}

export function renderChatStreamFailure(failure: Failure, requestId: string): string {
  return `data: ${JSON.stringify(renderChatFailure(failure, requestId).body)}\n\n`;
}
