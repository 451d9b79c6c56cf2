// A request body of either kind, a JSON object or a form: read the same, and each rewritten in its own way.

import type { BodyEdit } from '../../schema/body-edit.ts';
import { applyEdits, type Body } from './body.ts';
import { applyFormEdits, type FormBody } from './form-body.ts';

export type RequestBody = Body | FormBody;

/** What goes to the provider: the client's own text or bytes where nothing has to be changed. */
export function rewritten(body: RequestBody, edits: readonly BodyEdit[]): string | Uint8Array {
  if (isForm(body)) return edits.length === 0 ? body.bytes : applyFormEdits(body, edits);
  return edits.length === 0 ? body.text : applyEdits(body, edits);
}

export function isForm(body: RequestBody): body is FormBody {
  return 'boundary' in body;
}
