// Who may import whom: design.md §4 as a table. A file belongs to a room, a room stands on a floor, imports go downwards.

import { importsOf, type Offence, type SourceFile } from './source.ts';

interface Place {
  readonly room: string;
  readonly floor: number;
}

/** One implementation each; they share their room's other files and do not know each other. */
const IMPLEMENTATIONS = new Set([
  'openai-chat',
  'openai-responses',
  'openai-embeddings',
  'openai-media',
  'openai-compatible',
  'anthropic',
  'anthropic-messages',
  'bedrock-converse',
  'gemini',
  'vertex',
  'azure',
  'bedrock',
  'workers-ai',
  'demo',
]);

/** The rooms belong to the lines; records and callers serve the admin API's forms as well. */
const OPEN_TO_HTTP = new Set(['worker/records', 'worker/callers']);

const FLOORS = { schema: 0, room: 1, step: 2, line: 3, deployment: 4, http: 5, app: 6, entry: 7 } as const;

const PLACES: readonly { readonly pattern: RegExp; readonly place: (room: string) => Place }[] = [
  { pattern: /^schema\//, place: () => ({ room: 'schema', floor: FLOORS.schema }) },
  { pattern: /^worker\/index\.ts$/, place: () => ({ room: 'worker/index.ts', floor: FLOORS.entry }) },
  { pattern: /^worker\/app\.ts$/, place: () => ({ room: 'worker/app.ts', floor: FLOORS.app }) },
  { pattern: /^worker\/http\//, place: () => ({ room: 'worker/http', floor: FLOORS.http }) },
  { pattern: /^worker\/deployment\.ts$/, place: () => ({ room: 'worker/deployment.ts', floor: FLOORS.deployment }) },
  {
    pattern:
      /^worker\/(gateway|counting|listing|replay|administration|notifying|forecasting|planning|price-keeping|alerting|verification|retention|erasing)\.ts$/,
    place: (line) => ({ room: `worker/${line}.ts`, floor: FLOORS.line }),
  },
  { pattern: /^worker\/line\//, place: () => ({ room: 'worker/line', floor: FLOORS.step }) },
  { pattern: /^worker\/([^/]+)/, place: (room) => ({ room: `worker/${room}`, floor: FLOORS.room }) },
  { pattern: /^durable-objects\/ledger\//, place: () => ({ room: 'durable-objects/ledger', floor: FLOORS.room }) },
  { pattern: /^durable-objects\//, place: () => ({ room: 'durable-objects', floor: FLOORS.line }) },
];

export function directionOffences(files: readonly SourceFile[]): Offence[] {
  return files.flatMap((file) =>
    importsOf(file).flatMap(({ line, target, isRelative, typeOnly }) => {
      const says = isRelative ? relativeProblem(file.path, target, typeOnly) : packageProblem(file.path, target);
      return says === null ? [] : [{ path: file.path, line, says }];
    }),
  );
}

function packageProblem(path: string, name: string): string | null {
  const isHono = name === 'hono' || name.startsWith('hono/') || name.startsWith('@hono/');
  if (isHono && path !== 'worker/app.ts' && !path.startsWith('worker/http/')) {
    return `imports ${name}; only worker/http and worker/app.ts know Hono`;
  }
  return null;
}

function relativeProblem(path: string, target: string, typeOnly: boolean): string | null {
  const from = placeOf(path);
  const to = placeOf(target);
  if (from === null) return null;
  if (to === null) return `imports ${target}, which is no part of the Worker`;
  // The platform's bindings are types only, and everybody's.
  if (target === 'worker/bindings.ts') return typeOnly ? null : `imports more than types from ${target}`;

  const crossing = crossingProblem(path, target, typeOnly);
  if (crossing !== undefined) return crossing;
  if (from.room === to.room) return implementationProblem(path, target);
  if (from.floor === to.floor) return `imports its sibling ${target}; move what both need to schema/`;
  if (from.floor < to.floor) return `imports upwards: ${target}`;
  if (from.floor === FLOORS.http && to.floor === FLOORS.room && !typeOnly && !OPEN_TO_HTTP.has(to.room)) {
    return `reaches past the lines into ${target}`;
  }
  return null;
}

/** Between worker/ and durable-objects/; undefined where the import crosses no such border. */
function crossingProblem(path: string, target: string, typeOnly: boolean): string | null | undefined {
  const [fromTree] = path.split('/');
  const [toTree] = target.split('/');
  if (toTree === 'schema' || fromTree === toTree) return undefined;
  if (path === 'worker/index.ts' && target === 'durable-objects/team-budget.ts') return null;
  if (path === 'worker/bindings.ts' && typeOnly) return null;
  return `imports ${target}; ${fromTree}/ and ${toTree}/ meet in schema/ only`;
}

function implementationProblem(path: string, target: string): string | null {
  const own = implementationOf(path);
  const other = implementationOf(target);
  if (own === null || other === null || own === other) return null;
  return `${own} imports ${other}; implementations do not know each other`;
}

function implementationOf(path: string): string | null {
  const name = /^worker\/(?:dialects|providers)\/([^/]+?)(?:\.ts)?(?:\/|$)/.exec(path)?.[1] ?? '';
  return IMPLEMENTATIONS.has(name) ? name : null;
}

function placeOf(path: string): Place | null {
  for (const { pattern, place } of PLACES) {
    const match = pattern.exec(path);
    if (match !== null) return place(match[1] ?? '');
  }
  return null;
}
