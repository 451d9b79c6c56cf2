// How OpenAI's API says no. Pure.

import { z } from '@hono/zod-openapi';
import type { VendorRefusal } from './door.ts';

export const openaiErrorBody = z
  .object({
    error: z.object({
      message: z.string(),
      type: z.enum(['invalid_request_error', 'server_error']),
      param: z.string().nullable(),
      code: z.string(),
    }),
  })
  .openapi('OpenaiError');

export function openaiError({ status, code, message, field }: VendorRefusal): z.infer<typeof openaiErrorBody> {
  return {
    error: {
      message: field === undefined ? message : `${field} ${message}`,
      type: status >= 500 ? 'server_error' : 'invalid_request_error',
      param: field ?? null,
      code,
    },
  };
}
