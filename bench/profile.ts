// Where the processor time of a call goes: a profile of the gateway's isolate under load, taken through the runtime's own
// inspector. Bundles are not minified for it; every function is named with the file it comes from.

import { z } from 'zod';
import { readBundle } from './bundles.ts';
import type { Lab } from './lab.ts';
import { runLoad } from './load.ts';
import { type Answer, chatRequest, configureTeams } from './teams.ts';
import { freePort } from './workerd.ts';

const CONNECTIONS = 32;
const SAMPLE_EVERY_US = 200;
const TOP = 40;
const LOADS: readonly { readonly name: string; readonly answer: Answer }[] = [
  { name: 'whole answers', answer: { kind: 'whole' } },
  { name: 'streams of 100 chunks', answer: { kind: 'stream', chunks: 100, bytes: 20, everyMs: 0 } },
];

const profileSchema = z.object({
  profile: z.object({
    nodes: z.array(
      z.object({
        id: z.number(),
        callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number() }),
      }),
    ),
    samples: z.array(z.number()),
    timeDeltas: z.array(z.number()),
  }),
});
type Profile = z.infer<typeof profileSchema>['profile'];
type Frame = Profile['nodes'][number]['callFrame'];

export async function profile(lab: Lab): Promise<string> {
  const inspectorPort = await freePort();
  return lab.run(
    { fileSystem: lab.fastest, objects: 'TeamBudget', countedD1: false, inspectorPort },
    async (workers) => {
      const [team] = await configureTeams(workers.gatewayPort, 1);
      const fileOf = fileFinder(readBundle(lab.bundles.entry).toString());
      const parts: string[] = [];
      for (const { name, answer } of LOADS) {
        const request = () => chatRequest(team?.key ?? '', answer);
        const load = (forMs: number) =>
          runLoad({ port: workers.gatewayPort, connections: CONNECTIONS, forMs, request });
        await load(lab.quick ? 1_000 : 5_000);
        const inspector = await Inspector.connect(inspectorPort, 'gateway');
        await inspector.send('Profiler.enable');
        await inspector.send('Profiler.setSamplingInterval', { interval: SAMPLE_EVERY_US });
        await inspector.send('Profiler.start');
        const { requests } = await load(lab.quick ? 2_000 : 15_000);
        const recorded = profileSchema.parse(await inspector.send('Profiler.stop')).profile;
        inspector.close();
        parts.push(`${name}, c = ${CONNECTIONS}, ${requests} calls\n${summary(recorded, fileOf, requests)}`);
      }
      return parts.join('\n\n');
    },
  );
}

/** Self time in microseconds by function, and by where the function is from. */
function summary({ nodes, samples, timeDeltas }: Profile, fileOf: (frame: Frame) => string, calls: number): string {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const byFunction = new Map<string, number>();
  const byOrigin = new Map<string, number>();
  let total = 0;
  for (const [index, id] of samples.entries()) {
    const frame = frames.get(id);
    const us = timeDeltas[index] ?? 0;
    if (frame === undefined || frame.functionName === '(idle)') continue;
    const file = fileOf(frame);
    const name = frame.functionName === '' ? '(anonymous)' : frame.functionName;
    total += us;
    add(byFunction, `${name}  ${file}`, us);
    add(byOrigin, originOf(name, file), us);
  }
  const lines = (times: ReadonlyMap<string, number>, most: number) =>
    [...times]
      .toSorted(([, left], [, right]) => right - left)
      .slice(0, most)
      .map(
        ([name, us]) =>
          `${((us / total) * 100).toFixed(1).padStart(5)} %  ${(us / calls).toFixed(1).padStart(6)} µs/call  ${name}`,
      )
      .join('\n');
  return `by origin\n${lines(byOrigin, TOP)}\n\nby function, self time\n${lines(byFunction, TOP)}`;
}

function add(times: Map<string, number>, name: string, us: number): void {
  times.set(name, (times.get(name) ?? 0) + us);
}

/** `(program)` is the runtime's own code: sockets, HTTP, SQLite, fsync. */
function originOf(name: string, file: string): string {
  if (name.startsWith('(') && name !== '(anonymous)') return name;
  if (file === '') return 'functions of the runtime';
  const packaged = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1];
  return packaged ?? file.replace(/\/[^/]*$/, '');
}

/** The bundler puts the path of each module in a comment above it. */
function fileFinder(bundle: string): (frame: Frame) => string {
  const starts = bundle.split('\n').flatMap((line, index) => {
    const path = /^\/\/ (\S+\.(?:ts|js|mjs|json))$/.exec(line)?.[1];
    return path === undefined ? [] : [{ line: index, path: path.replace(/^(?:\.\.\/)+/, '') }];
  });
  return ({ url, lineNumber }) => {
    if (!url.endsWith('entry.js')) return url;
    const module = starts.findLast(({ line }) => line <= lineNumber);
    return module?.path ?? 'entry';
  };
}

const targetsSchema = z.array(z.looseObject({ id: z.string(), webSocketDebuggerUrl: z.string() }));
const messageSchema = z.looseObject({
  id: z.number().optional(),
  result: z.unknown().optional(),
  error: z.object({ message: z.string() }).optional(),
});

/** As little of the inspector's protocol as a profile needs. */
class Inspector {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #sent = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#hear(String(data)));
  }

  static async connect(port: number, service: string): Promise<Inspector> {
    const response = await fetch(`http://127.0.0.1:${port}/json`);
    const targets = targetsSchema.parse(await response.json());
    const target = targets.find(({ id }) => id.includes(service));
    if (target === undefined) throw new Error(`the inspector knows ${targets.map(({ id }) => id).join(', ')}`);
    const socket = new WebSocket(target.webSocketDebuggerUrl);
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve);
      socket.addEventListener('error', () => reject(new Error('the inspector does not answer')));
    });
    return new Inspector(socket);
  }

  send(method: string, params: object = {}): Promise<unknown> {
    const id = (this.#sent += 1);
    const answer = Promise.withResolvers<unknown>();
    this.#waiting.set(id, answer);
    this.#socket.send(JSON.stringify({ id, method, params }));
    return answer.promise;
  }

  close(): void {
    this.#socket.close();
  }

  #hear(text: string): void {
    const { id, result, error } = messageSchema.parse(JSON.parse(text));
    const answer = id === undefined ? undefined : this.#waiting.get(id);
    if (id === undefined || answer === undefined) return;
    this.#waiting.delete(id);
    if (error === undefined) answer.resolve(result);
    else answer.reject(new Error(error.message));
  }
}
