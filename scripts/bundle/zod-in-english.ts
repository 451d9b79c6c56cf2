// What the bundle takes for zod: `z` with what is used of it. The whole `z` holds the messages of fifty languages, and no bundler
// can tell that nobody asks for them; they were a sixth of the Worker. The alias stands in wrangler.toml.

import * as whole from '../../node_modules/zod/v4/classic/external.js';

/** A name that is missing here is undefined in the bundle; a test compares it with what the code asks for. */
export const z = {
  array: whole.array,
  boolean: whole.boolean,
  codec: whole.codec,
  coerce: whole.coerce,
  custom: whole.custom,
  discriminatedUnion: whole.discriminatedUnion,
  email: whole.email,
  enum: whole.enum,
  int: whole.int,
  iso: whole.iso,
  literal: whole.literal,
  looseObject: whole.looseObject,
  NEVER: whole.NEVER,
  null: whole.null,
  number: whole.number,
  object: whole.object,
  partialRecord: whole.partialRecord,
  record: whole.record,
  strictObject: whole.strictObject,
  string: whole.string,
  tuple: whole.tuple,
  union: whole.union,
  unknown: whole.unknown,
  url: whole.url,
  ZodError: whole.ZodError,
  ZodObject: whole.ZodObject,
  ZodType: whole.ZodType,
};
