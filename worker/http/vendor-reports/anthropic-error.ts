// How Anthropic's API says no. Pure.

import { z } from '@hono/zod-openapi';
import type { VendorRefusal } from './door.ts';

const types: ReadonlyMap<number, string> = new Map([
  [400, 'invalid_request_error'],
  [401, 'authentication_error'],
  [403, 'permission_error'],
  [404, 'not_found_error'],
]);

export const anthropicErrorBody = z
  .object({
    type: z.literal('error'),
    error: z.object({
      type: z.string().openapi({ example: 'invalid_request_error' }),
      message: z.string(),
      code: z.string().openapi({ description: 'The reason, as elsewhere in this API.' }),
    }),
  })
  .openapi('AnthropicError');

export function anthropicError({ status, code, message, field }: VendorRefusal): z.infer<typeof anthropicErrorBody> {
  const text = field === undefined ? message : `${field}: ${message}`;
  return { type: 'error', error: { type: types.get(status) ?? 'api_error', message: text, code } };
}
