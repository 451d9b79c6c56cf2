// A body that may be left out may be empty as well: many clients say "content-type: application/json" whatever they send.

import type { AdminMiddleware } from './dependencies.ts';

export const optionalBody: AdminMiddleware = async (context, next) => {
  if ((await context.req.text()) === '') {
    const { url, method, headers } = context.req.raw;
    const bare = new Headers(headers);
    bare.delete('content-type');
    context.req.raw = new Request(url, { method, headers: bare });
  }
  await next();
};
