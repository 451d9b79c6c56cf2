// A conversation in which another model took part, gone on with by Claude.

import { expect, test } from 'vitest';
import { chatToMessages } from '../../../worker/translation/chat-to-messages/chat-to-messages.ts';
import { chatAddress, plainChat } from '../../fixtures/chat-requests.ts';

test.each(['{"a":', '[]', '7'])('goes on where a tool was once called with %j', (written) => {
  const call = { id: 'c1', type: 'function', function: { name: 'weather', arguments: written } };
  const messages = [
    { role: 'user', content: 'Hello' },
    { role: 'assistant', content: null, tool_calls: [call] },
    { role: 'tool', tool_call_id: 'c1', content: 'That is no JSON.' },
  ];
  expect(chatToMessages.request({ ...plainChat, messages }, chatAddress, 'max_tokens')).toMatchObject({
    ok: true,
    value: {
      body: { messages: [{}, { content: [{ type: 'tool_use', input: { invalid_arguments: written } }] }, {}] },
    },
  });
});
