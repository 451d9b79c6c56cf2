// What a local run is told: `.dev.vars` first, the environment over it, checked before anything is started.

import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { parseSettings, type Settings } from '../../schema/settings.ts';
import { projectRoot } from './project.ts';
import { StartupProblem } from './startup-problem.ts';

const variableNames = [
  'ADMIN_TOKEN',
  'SIGN_ON',
  'SCIM',
  'SCIM_TOKEN',
  'DEMO_MODEL',
  'OPENAI_API_KEY',
  'OPENAI_BASE_URL',
  'ANTHROPIC_API_KEY',
  'ANTHROPIC_BASE_URL',
  'GEMINI_API_KEY',
  'GEMINI_BASE_URL',
  'PROVIDERS',
  'MAX_BODY_BYTES',
  'FIRST_BYTE_TIMEOUT_MS',
  'CALL_DEADLINE_MS',
  'CONTENTION_WAIT_MS',
  'WEBHOOK_KEY',
  'WEBHOOK_ALLOW_PRIVATE',
  'FINANCE_TOKEN',
  'METRICS_TOKEN',
  'SLACK_SIGNING_SECRET',
  'USAGE_RETENTION_DAYS',
  'USAGE_HOURS_RETENTION_DAYS',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
  'OTEL_EXPORTER_OTLP_HEADERS',
  'OTEL_SERVICE_NAME',
] as const;

type Variables = Readonly<Record<string, string>>;

export interface LocalConfiguration {
  readonly port: number;
  readonly stateFolder: string;
  /** The wrangler.toml that is run. */
  readonly config: string;
  /** What the Worker is given; without an admin token when none was set. */
  readonly variables: Variables;
  readonly settings: Settings;
}

const portSchema = z.coerce.number().int().min(1).max(65_535);
const secretNamesSchema = z.record(z.string(), z.record(z.string(), z.unknown()));

export function readLocalConfiguration(environment: NodeJS.ProcessEnv): LocalConfiguration {
  const fromFile = readDevVars(join(projectRoot, '.dev.vars'));
  const { PORT, HEADGATE_STATE, HEADGATE_CONFIG, ...ownVariables } = fromFile;

  const port = portSchema.safeParse(environment['PORT'] ?? PORT ?? '8787');
  if (!port.success) throw new StartupProblem('configuration: PORT must be a number from 1 to 65535');
  const stateFolder = environment['HEADGATE_STATE'] ?? HEADGATE_STATE;
  const config = resolve(projectRoot, environment['HEADGATE_CONFIG'] ?? HEADGATE_CONFIG ?? 'wrangler.toml');
  if (!existsSync(config))
    throw new StartupProblem(`configuration: HEADGATE_CONFIG names ${config}, which is not there`);

  const providers = environment['PROVIDERS'] ?? ownVariables['PROVIDERS'];
  const wanted = [...variableNames, ...secretsNamedBy(providers)];
  const variables = { DEMO_MODEL: 'true', ...ownVariables, ...pick(environment, wanted) };

  const settings = parseSettings(variables);
  if (!settings.ok) throw new StartupProblem(settings.failure);
  refuseOwnAddress(settings.value, port.data);
  return {
    port: port.data,
    stateFolder: stateFolder ? resolve(stateFolder) : join(projectRoot, '.headgate'),
    config,
    variables,
    settings: settings.value,
  };
}

function readDevVars(path: string): Variables {
  if (!existsSync(path)) return {};
  return pick(parseEnv(readFileSync(path, 'utf8')), null);
}

/** Secrets of further providers are passed on by name; what is wrong with PROVIDERS is said by `parseSettings`. */
function secretsNamedBy(providers: string | undefined): readonly string[] {
  if (!providers) return [];
  try {
    const named = secretNamesSchema.safeParse(JSON.parse(providers));
    if (!named.success) return [];
    return Object.values(named.data).flatMap((provider) =>
      Object.entries(provider).flatMap(([member, name]) =>
        member.endsWith('Secret') && typeof name === 'string' ? [name] : [],
      ),
    );
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return [];
  }
}

/** A shell set up to use Headgate carries its address as a base URL; a gateway that calls itself would never answer. */
function refuseOwnAddress(settings: Settings, port: number): void {
  const own = settings.providers.find(({ baseUrl }) => {
    const url = new URL(baseUrl);
    return ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname) && url.port === String(port);
  });
  if (own === undefined) return;
  throw new StartupProblem(
    `configuration: the base URL of provider ${own.name} is Headgate itself (${own.baseUrl}); unset it, or set PORT`,
  );
}

function pick(source: NodeJS.Dict<string>, names: readonly string[] | null): Variables {
  const entries: [string, string][] = [];
  for (const name of names ?? Object.keys(source)) {
    const value = source[name];
    if (value !== undefined) entries.push([name, value]);
  }
  return Object.fromEntries(entries);
}
