// What a request's address says of a call. OpenAI and Anthropic name the model in the body, Gemini in the path.

export interface Address {
  /** What is asked for: the path below the protocol's version, such as "chat/completions" or "generateContent". */
  readonly operation: string;
  /** The model that the path names; null where the body does. */
  readonly model: string | null;
  /** The query string without credentials; with its question mark, or empty. */
  readonly search: string;
}
