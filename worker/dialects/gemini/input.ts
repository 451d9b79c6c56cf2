// What bounds the input of a Gemini request: its parts, and the tools that Google runs itself and feeds back. Pure.

import { badField } from '../../../schema/bad-field.ts';
import { inCamelCase } from '../../../schema/camel-case.ts';
import { arrayAt, isObject, type JsonObject, type JsonValue, objectAt, stringAt } from '../../../schema/json.ts';
import type { BadRequest } from '../../../schema/failure.ts';
import { type Result, succeed } from '../../../schema/result.ts';
import { isAmbiguous, spell } from './spelling.ts';

/** Members of a part whose size the bytes of the body bound. */
const TEXT_MEMBERS = new Set([
  'text',
  'thought',
  'thoughtSignature',
  'functionCall',
  'functionResponse',
  'executableCode',
  'codeExecutionResult',
  'partMetadata',
]);
/** Say how a picture is to be read, not what it is. */
const PICTURE_MEMBERS = new Set(['mediaResolution']);
/** Run at the client: they cost what their declarations say. */
const DECLARED = 'functionDeclarations';
/** Run at Google and billed in tokens alone, of which the body says nothing. */
const READING_TOOLS = new Set(['codeExecution', 'urlContext', 'fileSearch', 'computerUse', 'mcpServers']);
/** Billed per search on top. */
const SEARCHING_TOOLS = new Set(['googleSearch', 'googleSearchRetrieval']);
/** Searches that one grounded call may bill, for the bound. */
const USUAL_MAX_SEARCHES = 10;

export interface Survey {
  images: number;
  /** UTF-8 bytes of the body that are pictures in base64. */
  imageBytes: number;
  /** Something is not in the body, or is no text and no picture: only the context window bounds it. */
  unbounded: boolean;
}

export function surveyContents(contents: readonly (JsonValue | undefined)[]): Survey {
  const found: Survey = { images: 0, imageBytes: 0, unbounded: false };
  for (const content of contents) if (isObject(content)) surveyParts(content['parts'], found);
  return found;
}

/** Google takes a single part where it wants a list. */
function surveyParts(parts: JsonValue | undefined, found: Survey): void {
  for (const part of Array.isArray(parts) ? parts : [parts]) if (isObject(part)) surveyPart(part, found);
}

function surveyPart(written: JsonObject, found: Survey): void {
  const part = inCamelCase(written);
  const data = inCamelCase(objectAt(part, 'inlineData') ?? {});
  // Of a member that is there under both names nobody knows which one is read.
  if (isAmbiguous(written) || isAmbiguous(objectAt(part, 'inlineData') ?? {})) found.unbounded = true;
  const isPicture = stringAt(data, 'mimeType')?.startsWith('image/') ?? false;
  if (isPicture) {
    found.images += 1;
    found.imageBytes += stringAt(data, 'data')?.length ?? 0;
  }
  for (const name of Object.keys(part)) {
    const known = TEXT_MEMBERS.has(name) || (isPicture && (name === 'inlineData' || PICTURE_MEMBERS.has(name)));
    if (!known) found.unbounded = true;
  }
  // An answer of the client's own tool may hold pictures and files as well.
  surveyParts(objectAt(part, 'functionResponse')?.['parts'], found);
}

export interface Toolbox {
  readonly declared: boolean;
  readonly unbounded: boolean;
  /** Most searches that may be billed. */
  readonly webSearches: number;
}

/** Tools whose price is not known here are refused by name. */
export function surveyTools(tools: JsonValue | undefined): Result<Toolbox, BadRequest> {
  let declared = false;
  let unbounded = false;
  let webSearches = 0;
  for (const tool of Array.isArray(tools) ? tools : [tools]) {
    if (!isObject(tool)) continue;
    const spelled = spell(tool, 'tools.');
    if (!spelled.ok) return spelled;
    for (const [name, value] of Object.entries(spelled.value.members)) {
      if (value === null || value === undefined) continue;
      declared = true;
      if (name === DECLARED) continue;
      unbounded = true;
      if (SEARCHING_TOOLS.has(name)) webSearches += USUAL_MAX_SEARCHES;
      else if (!READING_TOOLS.has(name)) return badField(`tools.${name}`, 'has no price here');
    }
  }
  return succeed({ declared, unbounded, webSearches });
}

/** The contents of a request, in whichever of the ways Google takes them. */
export function contentsOf(members: JsonObject): readonly (JsonValue | undefined)[] {
  const { contents, systemInstruction } = members;
  return [...(Array.isArray(contents) ? arrayAt(members, 'contents') : [contents]), systemInstruction];
}
