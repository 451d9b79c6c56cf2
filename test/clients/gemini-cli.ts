// Runs the real gemini-cli against a local Headgate with the fake upstream behind it: an answer, a tool, a model that
// speaks chat completions, the bills, and what it makes of refusals. Not part of `npm test`: it installs some 100 MB into a temporary folder. Run it with
// `node test/clients/gemini-cli.ts`.

import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { NO_USAGE } from '../../schema/usage.ts';
import { dollars } from '../helpers/admin-client.ts';
import { billedMicros, type ProviderGateway } from '../helpers/provider-gateway.ts';
import { OWN_MODEL, startClientGateway } from './shared/client-gateway.ts';
import { installProgram } from './shared/program.ts';
import { type Asked, printRefusals, type Said } from './shared/refusals.ts';

const MODEL = 'gemini-2.5-pro';
const TEAM = 'gemini-cli';
const ANSWER = 'word0 word1 word2 word3 word4';
const USAGE = { ...NO_USAGE, input: 57, cacheRead: 1_800, output: 233, reasoning: 120 };

const tokensSchema = z.looseObject({ prompt: z.number(), candidates: z.number(), thoughts: z.number() });
const answerSchema = z.looseObject({
  response: z.string(),
  stats: z.looseObject({ models: z.record(z.string(), z.looseObject({ tokens: tokensSchema })) }),
});
const contentsSchema = z.looseObject({
  contents: z.array(z.looseObject({ parts: z.array(z.looseObject({})) })),
});
const errorSchema = z.looseObject({ error: z.looseObject({ message: z.string() }) });

const gemini = installProgram('@google/gemini-cli@0.61.0', 'gemini');
try {
  const system = await startClientGateway();
  try {
    await check(system);
    await checkTool(system);
    await checkTranslated(system);
    await printRefusals(system, {
      name: 'gemini-cli 0.61.0',
      kind: 'gemini',
      model: MODEL,
      tightBudget: '0.03',
      ask: async (asked) => {
        const { failed, text } = await ask(asked);
        return { failed, text: failed ? errorIn(text) : answerIn(text) };
      },
    });
  } finally {
    await system.close();
  }
} finally {
  gemini.remove();
}

async function check({ gateway, upstream }: ProviderGateway): Promise<void> {
  upstream.script({ usage: USAGE });
  const { key } = await gateway.admin.teamWithKey(TEAM, { limit: '20.00' });

  const { text } = await ask({ url: gateway.url, key, model: MODEL });
  const { response, stats } = answerSchema.parse(jsonIn(text));
  equal(response.trim(), ANSWER);

  const calls = upstream.journal.filter(({ path }) => /[gG]enerateContent/.test(path));
  const events = await gateway.admin.settledEvents(TEAM, calls.length);
  ok(events.length > 0);
  equal(events.length, calls.length);
  for (const event of events) {
    equal(event.model, MODEL);
    equal(event.usage.output, USAGE.output);
    equal(event.usage.cacheRead, USAGE.cacheRead);
    equal(dollars(event.costUsd), billedMicros(MODEL, USAGE));
  }
  ok(!JSON.stringify(upstream.journal).includes('hg_'), 'the employee’s key reached the upstream');
  console.log(`answered: ${response.trim()}`);
  console.log(`bills: ${events.length} event(s) of $${events[0]?.costUsd}`);
  console.log(`gemini-cli counts: ${JSON.stringify(stats.models[MODEL]?.tokens)}`);
}

/** The upstream asks for a tool, gemini-cli runs it and hands the outcome back in a second call. */
async function checkTool({ gateway, upstream }: ProviderGateway): Promise<void> {
  const team = `${TEAM}-tool`;
  const { key } = await gateway.admin.teamWithKey(team, { limit: '20.00' });
  upstream.reset();
  upstream.script((body) => ({
    usage: USAGE,
    toolCall: outcomesOf(body).length === 0,
    toolName: 'list_directory',
    toolArguments: '{"dir_path":"."}',
  }));

  const { text } = await ask({ url: gateway.url, key, model: MODEL });

  equal(answerIn(text).trim(), ANSWER);
  match(JSON.stringify(outcomesOf(upstream.journal.at(-1)?.body)), /Directory|empty/);
  const events = await gateway.admin.settledEvents(team, upstream.journal.length);
  equal(events.length, upstream.journal.length);
  for (const event of events) equal(dollars(event.costUsd), billedMicros(MODEL, USAGE));
  console.log(`with a tool it answered in ${upstream.journal.length} calls, each $${events[0]?.costUsd}`);
}

async function checkTranslated({ gateway, upstream }: ProviderGateway): Promise<void> {
  const usage = { ...NO_USAGE, input: 57, cacheRead: 1_800, output: 233 };
  /** 57 × $1, 1,800 × $0.10 and 233 × $2 per million. */
  const costMicros = 703;
  const team = `${TEAM}-translated`;
  const { key } = await gateway.admin.teamWithKey(team, { limit: '20.00' });
  upstream.reset();
  upstream.script({ usage });

  const { text } = await ask({ url: gateway.url, key, model: OWN_MODEL });
  const { response, stats } = answerSchema.parse(jsonIn(text));
  equal(response.trim(), ANSWER);
  deepEqual([...new Set(upstream.journal.map(({ path }) => path))], ['/v1/chat/completions']);
  const events = await gateway.admin.settledEvents(team, upstream.journal.length);
  equal(events.length, upstream.journal.length);
  for (const event of events) {
    equal(event.estimated, false);
    equal(event.usage.output, usage.output);
    equal(dollars(event.costUsd), costMicros);
  }
  console.log(`on ${OWN_MODEL}, translated, it answered: ${response.trim()}`);
  console.log(`bills: ${events.length} event(s) of $${events[0]?.costUsd}, to the token as upstream`);
  console.log(`gemini-cli counts: ${JSON.stringify(stats.models[OWN_MODEL]?.tokens)}`);
}

/** What the tools that were called gave, as the provider was told. */
function outcomesOf(body: unknown): unknown[] {
  return contentsSchema
    .parse(body)
    .contents.flatMap(({ parts }) => parts)
    .filter((part) => 'functionResponse' in part);
}

async function ask({ url, key, model }: Asked): Promise<Said> {
  const home = gemini.home();
  mkdirSync(join(home, '.gemini'));
  const settings = {
    security: { auth: { selectedType: 'gemini-api-key' } },
    privacy: { usageStatisticsEnabled: false },
  };
  writeFileSync(join(home, '.gemini/settings.json'), JSON.stringify(settings));
  const { failed, stdout, stderr } = await gemini.run({
    home,
    flags: ['-p', 'Say hello.', '--model', model, '--output-format', 'json', '--skip-trust'],
    environment: { GOOGLE_GEMINI_BASE_URL: url, GEMINI_API_KEY: key },
  });
  return { failed, text: `${stdout}\n${stderr}` };
}

function answerIn(text: string): string {
  return answerSchema.parse(jsonIn(text)).response;
}

function errorIn(text: string): string {
  return errorSchema.parse(jsonIn(text)).error.message;
}

/** The tool prints warnings around its answer, which is the one JSON object that spans lines. */
function jsonIn(output: string): unknown {
  const start = output.search(/^\{$/m);
  const end = output.indexOf('\n}', start);
  if (start === -1 || end === -1) throw new Error(`gemini-cli gave no result:\n${output}`);
  return JSON.parse(output.slice(start, end + 2));
}
