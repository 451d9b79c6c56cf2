// What bounds the throughput: the bare Worker with one and with two empty questions to an object, beside Headgate, in the
// same rounds. What lies between the last two is what Headgate itself does for a call.

import { type Figure, type Measured, medianOf, pairwise } from '../figures.ts';
import type { Scenario } from '../lab.ts';
import { interleave, type Round } from '../rounds.ts';
import { type Answer, chatRequest, configureTeams, untilQuiet } from '../teams.ts';

const CONNECTIONS = 32;
const WHOLE: Answer = { kind: 'whole' };

export const floor: Scenario = {
  name: 'floor',
  measure: (lab) =>
    lab.run({ fileSystem: lab.fastest, objects: 'TeamBudget', countedD1: false }, async (workers) => {
      const [team] = await configureTeams(workers.gatewayPort, 1);
      if (team === undefined) throw new Error('no team');
      lab.say('floor: bare Workers that ask nothing, once and twice');
      const asking = (questions: number) => ({
        port: workers.askingPort,
        request: () => chatRequest(team.key, WHOLE, `/questions/${questions}`),
      });
      const sides = [
        { name: 'bare', port: workers.barePort, request: () => chatRequest(team.key, WHOLE) },
        { name: 'bare, and awaits the answer', ...asking(0) },
        { name: 'the same with one empty question', ...asking(1) },
        { name: 'the same with two empty questions', ...asking(2) },
        {
          name: 'Headgate',
          port: workers.gatewayPort,
          request: () => chatRequest(team.key, WHOLE),
          settle: () => untilQuiet(workers.gatewayPort, [team]),
        },
      ];
      const results = await interleave(sides, {
        connections: CONNECTIONS,
        rounds: lab.quick ? 3 : 9,
        forMs: lab.quick ? 500 : 3_000,
        warmUpMs: lab.quick ? 500 : 2_000,
        runtimePid: workers.pid,
        upstreamPid: lab.upstream.pid,
      });
      const [bare = [], , , twice = [], headgate = []] = results;
      return {
        figures: [
          ratio('two empty questions around the fetch', twice, bare, 'of bare'),
          ratio('Headgate, of what two empty questions leave', headgate, twice, 'times'),
        ],
        tables: [
          {
            title: `What a call costs the runtime, c = ${CONNECTIONS}, state on ${lab.fastest}`,
            columns: ['through', 'calls/s', 'of bare', 'processor time of a call, µs'],
            rows: sides.map(({ name }, index) => rowOf(name, results[index] ?? [], bare)),
          },
        ],
        gaps: [],
      } satisfies Measured;
    }),
};

function ratio(name: string, rounds: readonly Round[], base: readonly Round[], unit: Figure['unit']): Figure {
  const spread = pairwise(rounds.map(perSecond), base.map(perSecond), (left, right) => left / right);
  return { name, unit, spread, target: null };
}

function rowOf(name: string, rounds: readonly Round[], bare: readonly Round[]): string[] {
  const { median, least, most } = ratio(name, rounds, bare, 'of bare').spread;
  const microseconds = rounds.flatMap(({ runtimeCpuMsPerCall }) => runtimeCpuMsPerCall ?? []).map((ms) => ms * 1_000);
  return [
    name,
    medianOf(rounds.map(perSecond)).toFixed(0),
    `${median.toFixed(2)} (${least.toFixed(2)}–${most.toFixed(2)})`,
    microseconds.length === 0 ? '–' : medianOf(microseconds).toFixed(0),
  ];
}

function perSecond({ requestsPerSecond }: Round): number {
  return requestsPerSecond;
}
