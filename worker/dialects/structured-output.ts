// Whether a call asks for its answer in a form of its own, in whichever dialect it does. Pure.

import { inCamelCase } from '../../schema/camel-case.ts';
import { type JsonObject, objectAt, stringAt } from '../../schema/json.ts';

const FREE = 'text';

/** Members of other dialects mean nothing in this one, and are refused or ignored by whoever serves the call. */
export function asksForStructure(body: JsonObject): boolean {
  const formats = [
    objectAt(body, 'response_format'),
    objectAt(objectAt(body, 'text'), 'format'),
    objectAt(body, 'output_format'),
    objectAt(objectAt(body, 'output_config'), 'format'),
  ];
  if (formats.some((format) => (stringAt(format, 'type') ?? FREE) !== FREE)) return true;
  const config = inCamelCase(objectAt(inCamelCase(body), 'generationConfig') ?? {});
  const { responseSchema, responseJsonSchema } = config;
  const isPlain = (stringAt(config, 'responseMimeType') ?? 'text/plain') === 'text/plain';
  return !isPlain || (responseSchema ?? responseJsonSchema ?? null) !== null;
}
