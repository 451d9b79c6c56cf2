// Says what is wrong with a request that did not match its schema: the field and what it must be. Pure.

import type { z } from '@hono/zod-openapi';
import { type ErrorBody, errorOf } from './failure.ts';

const MAX_ISSUES_SHOWN = 20;

interface FieldIssue {
  readonly field: string;
  readonly message: string;
}

/** The first issue is the message; all of them, up to twenty, are in `details.issues`. */
export function invalidRequest(error: z.ZodError): ErrorBody {
  const issues = issuesOf(error);
  const [first] = issues;
  if (first === undefined) return errorOf('invalid_request', 'the request is not valid');
  const subject = first.field === '' ? 'the body' : first.field;
  return errorOf('invalid_request', `${subject} ${first.message}`, { field: first.field, issues });
}

export function issuesOf(error: z.ZodError): FieldIssue[] {
  return error.issues.flatMap((issue) => fieldIssues(issue)).slice(0, MAX_ISSUES_SHOWN);
}

function fieldIssues(issue: z.core.$ZodIssue): FieldIssue[] {
  const field = issue.path.join('.');
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        field: [...issue.path, key].join('.'),
        message: 'is not a field of this request; leave it out',
      }));
    case 'invalid_type':
      return [{ field, message: ownMessage(issue) ?? typeMessage(issue) }];
    case 'invalid_value':
      return [{ field, message: ownMessage(issue) ?? `must be one of ${issue.values.map(String).join(', ')}` }];
    case 'too_small':
    case 'too_big':
    case 'invalid_format':
    case 'not_multiple_of':
    case 'invalid_union':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return [{ field, message: issue.message }];
  }
}

/** A value is not in the issue, only the library's words on it: they end so where there was none. */
function typeMessage({ expected, message }: z.core.$ZodIssueInvalidType): string {
  if (message.endsWith('received undefined')) return `must be given, as ${expected}`;
  return `must be ${typeNames[expected] ?? `of type ${expected}`}`;
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

/** The schema's own words, where it has some; the library's begin with "Invalid input" or "Invalid option". */
function ownMessage({ message }: z.core.$ZodIssue): string | null {
  return message.startsWith('Invalid ') ? null : message;
}
