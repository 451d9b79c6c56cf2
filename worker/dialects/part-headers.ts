// The headers of one part of a form, and the boundary between parts: names, filenames and what must not be there. Pure.

import type { BadRequest } from '../../schema/failure.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';

const MAX_NAME_LENGTH = 100;
const PLAIN_ENCODINGS = new Set(['7bit', '8bit', 'binary']);
/** One parameter: a name, and a token or a quoted text in which a backslash or %22 may stand for a quote. */
const PARAMETER = /\s*;\s*([\w!#$%&'*+.^`|~-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s";]+))/y;
const BOUNDARY = /^[\w'()+,./:=? -]{0,69}[\w'()+,./:=?-]$/;

export interface PartHeaders {
  readonly name: string;
  /** Null for a field that is no file. */
  readonly filename: string | null;
}

/** Null where the body is no form. */
export function formBoundary(contentType: string | null): Result<string, BadRequest> | null {
  if (contentType === null || !/^multipart\/form-data\s*(?:;|$)/i.test(contentType)) return null;
  const parameters = parametersOf(contentType.slice('multipart/form-data'.length));
  const boundary = parameters?.get('boundary');
  return boundary !== undefined && BOUNDARY.test(boundary)
    ? succeed(boundary)
    : refuse('The content-type of a multipart body must name its boundary.', null);
}

/** `text` is null where the headers are no UTF-8; `place` counts parts from 1. */
export function readPartHeaders(text: string | null, place: number): Result<PartHeaders, BadRequest> {
  if (text === null) return refuse(`The headers of part ${place} are not valid UTF-8.`, null);
  const headers = new Map<string, string>();
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).toLowerCase();
    if (!/^[\w-]+$/.test(name) || headers.has(name))
      return refuse(`The headers of part ${place} are not understood.`, null);
    headers.set(name, line.slice(colon + 1).trim());
  }
  const disposition = headers.get('content-disposition') ?? '';
  const parameters = /^form-data/i.test(disposition) ? parametersOf(disposition.slice('form-data'.length)) : null;
  const name = parameters?.get('name');
  if (
    parameters === null ||
    name === undefined ||
    name === '' ||
    name.length > MAX_NAME_LENGTH ||
    parameters.has('name*')
  ) {
    return refuse(`Part ${place} must have a content-disposition of form-data with a name.`, null);
  }
  const encoding = headers.get('content-transfer-encoding')?.toLowerCase() ?? 'binary';
  if (!PLAIN_ENCODINGS.has(encoding)) return refuse(`${name} must not have a content-transfer-encoding.`, name);
  return succeed({ name, filename: parameters.get('filename') ?? parameters.get('filename*') ?? null });
}

/** Null for what is not understood to its end, or names a parameter twice. */
function parametersOf(text: string): ReadonlyMap<string, string> | null {
  const found = new Map<string, string>();
  let at = 0;
  while (at < text.length && text.slice(at).trim() !== '') {
    PARAMETER.lastIndex = at;
    const match = PARAMETER.exec(text);
    const name = match?.[1]?.toLowerCase();
    if (match === null || name === undefined || found.has(name)) return null;
    found.set(name, match[2]?.replaceAll(/\\(.)/g, '$1').replaceAll('%22', '"') ?? match[3] ?? '');
    at = PARAMETER.lastIndex;
  }
  return found;
}

function refuse(message: string, field: string | null): Result<never, BadRequest> {
  return fail({ reason: 'bad_request', message, field });
}
