// How a request is refused for one of its members: by the name of the member, and what it must be.

import type { BadRequest } from './failure.ts';
import { fail, type Result } from './result.ts';

/** `problem` goes on after the field's name, without a full stop. */
export function badField(field: string, problem: string): Result<never, BadRequest> {
  return fail({ reason: 'bad_request', message: `${field} ${problem}.`, field });
}
