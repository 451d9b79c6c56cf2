// The one kind of filter that directories look people up with: an attribute equals a text (RFC 7644, section 3.4.2.2). Pure.

import { parseJson } from '../../../schema/json.ts';
import { fail, type Result, succeed } from '../../../schema/result.ts';
import { invalid, type ScimRefusal } from './refusal.ts';
import { USER } from './resource.ts';

const FILTER = /^\s*([\w:.-]+)\s+eq\s+("(?:[^"\\]|\\.)*")\s*$/i;

export interface Filter {
  readonly attribute: 'id' | 'userName' | 'externalId';
  readonly value: string;
}

const ATTRIBUTES = ['id', 'userName', 'externalId'] as const;

export function parseFilter(text: string): Result<Filter, ScimRefusal> {
  const [, path = '', literal = ''] = FILTER.exec(text) ?? [];
  const name = path.toLowerCase().replace(`${USER.toLowerCase()}:`, '');
  const attribute = ATTRIBUTES.find((each) => each.toLowerCase() === name);
  const value = parseJson(literal);
  if (attribute !== undefined && typeof value === 'string') return succeed({ attribute, value });
  return fail(invalid('invalidFilter', 'people are looked up by userName eq "…", externalId eq "…" or id eq "…"'));
}
