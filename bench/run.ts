// `npm run bench`: the figures that were promised, against a bare pass-through Worker in the same runtime, in interleaved
// rounds. A measurement, not a test: it ends well whatever the figures are. `docs/benchmarks.md` says how it is done.

import { cpus } from 'node:os';
import { z } from 'zod';
import type { Measured } from './figures.ts';
import { writeCosts } from './cost-page.ts';
import { type Lab, type Scenario, withLab } from './lab.ts';
import { writeSection } from './marked-section.ts';
import { readOptions } from './options.ts';
import { profile } from './profile.ts';
import { asMarkdown, asText } from './report.ts';
import { keepResults, type Result } from './results.ts';
import { counting } from './scenarios/counts.ts';
import { delivery } from './scenarios/delivery.ts';
import { floor } from './scenarios/floor.ts';
import { history } from './scenarios/history.ts';
import { memory } from './scenarios/memory.ts';
import { startUp } from './scenarios/start-up.ts';
import { streaming } from './scenarios/streaming.ts';
import { throughput } from './scenarios/throughput.ts';
import { findWorkerd } from './workerd.ts';

const SCENARIOS: readonly Scenario[] = [throughput, floor, streaming, counting, history, delivery, startUp, memory];
const NAMES = SCENARIOS.map(({ name }) => name);

const options = readOptions(process.argv.slice(2));
const unknown = options.only.filter((name) => !NAMES.includes(name));
if (unknown.length > 0) throw new Error(`there is no ${unknown.join(', ')}; there are ${NAMES.join(', ')}`);

if (options.profile) {
  console.log(await withLab({ quick: options.quick, minify: false }, profile));
} else {
  const results = await withLab({ quick: options.quick, minify: true }, measureAll);
  console.log(options.json ? JSON.stringify(results, null, 2) : asText(results));
  if (options.write) {
    const kept = keepResults(results, NAMES);
    writeSection({ document: 'docs/benchmarks.md', name: 'results' }, asMarkdown(kept));
    writeCosts(kept);
  }
}

async function measureAll(lab: Lab): Promise<Result[]> {
  const results: Result[] = [];
  for (const scenario of SCENARIOS) {
    if (options.only.length > 0 && !options.only.includes(scenario.name)) continue;
    results.push({ ...(await measured(scenario, lab)), scenario: scenario.name, ...circumstances() });
  }
  return results;
}

/** One scenario that cannot be measured here says so and leaves the others alone. */
async function measured(scenario: Scenario, lab: Lab): Promise<Measured> {
  try {
    return await scenario.measure(lab);
  } catch (error) {
    return { figures: [], tables: [], gaps: [`${scenario.name}: ${z.instanceof(Error).parse(error).message}`] };
  }
}

function circumstances(): Pick<Result, 'takenAt' | 'quick' | 'machine'> {
  const processors = cpus();
  const model = processors[0]?.model.trim() ?? '';
  const machine = `${processors.length} cores${model === '' ? '' : ` (${model})`}, workerd ${findWorkerd().version}, Node ${process.version}`;
  return { takenAt: new Date().toISOString(), quick: options.quick, machine };
}
