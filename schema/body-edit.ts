// A change of one top-level member of a request body; everything else stays as the client wrote it.

import type { JsonValue } from './json.ts';

export interface BodyEdit {
  readonly member: string;
  /** Undefined takes the member out. */
  readonly value: JsonValue | undefined;
}
