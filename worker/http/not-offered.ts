// What providers have below their paths and this gateway has not, and what its clients should do instead. Pure.

interface Absence {
  readonly method: string;
  readonly path: RegExp;
  /** Whole sentences. */
  readonly advice: string;
}

const ABSENT: readonly Absence[] = [
  {
    method: 'POST',
    path: /^\/v1\/responses\/compact$/,
    advice:
      'It bills output that no member of its body bounds. Have the model summarise by POST /v1/responses, as Codex does by itself with a provider whose name is not "OpenAI".',
  },
  {
    method: 'POST',
    path: /^\/v1\/responses\/[^/]+\/cancel$/,
    advice: 'It ends background responses, and there are none here. To end a call, close its connection.',
  },
  {
    method: 'DELETE',
    path: /^\/v1\/responses\/[^/]+$/,
    advice:
      'Who made which response is not recorded, so nobody may delete one. Send "store": false with a call that its provider should not keep.',
  },
  {
    method: 'GET',
    path: /^\/v1\/responses\/[^/]+(?:\/input_items)?$/,
    advice:
      'Who made which response is not recorded, so nobody may read one. Keep the answer of POST /v1/responses; to go on from it, name it as previous_response_id or send its output along.',
  },
];

/** What to tell who asks for it; undefined for a path that nobody has. */
export function adviceOn(method: string, path: string): string | undefined {
  return ABSENT.find((absent) => absent.method === method && absent.path.test(path))?.advice;
}
