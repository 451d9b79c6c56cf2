// The deployment's configuration, parsed once from Worker variables and secrets into its required form.

import { z } from 'zod';
import {
  builtInProviders,
  builtInVariables,
  namedProviders,
  providerOf,
  type ProviderSettings,
} from './provider-settings.ts';
import type { Environment } from './provider-kinds/setting.ts';
import { parseJson } from './json.ts';
import { fail, type Result, succeed } from './result.ts';
import { scimForm, type ScimSettings } from './scim-settings.ts';
import { telemetryOf, type TelemetrySettings, telemetryVariables } from './telemetry-settings.ts';
import { signOnForm, type SignOnIssuer } from './sign-on-settings.ts';
import { LEAST_EVENT_DAYS, LEAST_HOUR_DAYS, parseRetention, type UsageRetention } from './usage-retention.ts';

export interface Settings {
  /** Null admits nobody by a token of the deployment's own. */
  readonly adminToken: string | null;
  /** Reads whatever finance may and writes nothing; null where no program does. */
  readonly financeToken: string | null;
  /** Opens the metrics and nothing else; null where only the others may read them. */
  readonly metricsToken: string | null;
  /** Whose tokens people sign on with; none where there is no single sign-on. */
  readonly signOn: readonly SignOnIssuer[];
  /** Null where no directory provisions people. */
  readonly scim: ScimSettings | null;
  readonly demoModel: boolean;
  readonly providers: readonly ProviderSettings[];
  readonly maxBodyBytes: number;
  /** From the request upstream to its response headers. */
  readonly firstByteTimeoutMs: number;
  /** From admission to the last byte; the call is cut and settled then. */
  readonly callDeadlineMs: number;
  /** How long a call may wait for room that only other calls' holds take up. */
  readonly contentionWaitMs: number;
  /** Seals the secrets of webhooks; null where there can be none. */
  readonly webhookKey: string | null;
  /** For a local run: whether webhooks may be on this machine or in its network. */
  readonly webhookAllowPrivate: boolean;
  /** Null where Slack has nothing to say here. */
  readonly slackSigningSecret: string | null;
  readonly usageRetention: UsageRetention;
  /** Where spans of calls are sent; null where nobody wants them. */
  readonly telemetry: TelemetrySettings | null;
}

/** How long a hold outlives its call's deadline before the ledger charges it. */
export const HOLD_MARGIN_MS = 60_000;

/** A call that waits keeps its connection to the ledger open; clients give up on silence sooner or later. */
const MAX_CONTENTION_WAIT_MS = 30_000;
const MIN_WEBHOOK_KEY_LENGTH = 32;
const MIN_SCIM_TOKEN_LENGTH = 32;
/** They open everything, or all figures, and may be tried as often as one likes. */
const MIN_TOKEN_LENGTH = 16;

const flag = z
  .enum(['true', 'false', '1', '0'], 'must be true or false')
  .default('false')
  .transform((text) => text === 'true' || text === '1');
const positive = (fallback: number) =>
  z
    .string()
    .regex(/^[1-9]\d{0,14}$/, 'must be a whole number above 0, in digits')
    .transform(Number)
    .default(fallback);

/** A header carries it as one word. */
const tokenOf = (minLength: number) =>
  z
    .string()
    .regex(
      new RegExp(`^[!-~]{${minLength},}$`),
      `must be at least ${minLength} visible characters, and random; leave it out to have none`,
    );

const upTo = (most: number, fallback: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, `must be a whole number from 0 to ${most}, in digits`)
    .transform(Number)
    .refine((count) => count <= most, `must be at most ${most}`)
    .default(fallback);

const days = (least: number) =>
  z
    .string()
    .regex(/^\d{1,5}$/, `must be a whole number of days, at least ${least}; leave it out to keep all`)
    .transform(Number)
    .refine((count) => count >= least, `must be at least ${least} days`)
    .optional();

/** An empty secret is a valid one to the function that signs: anybody could sign with it. */
const EMPTY_SECRET = 'must not be empty; leave it out to have no Slack';

const environmentSchema = z.object({
  ADMIN_TOKEN: tokenOf(MIN_TOKEN_LENGTH).optional(),
  FINANCE_TOKEN: tokenOf(MIN_TOKEN_LENGTH).optional(),
  METRICS_TOKEN: tokenOf(MIN_TOKEN_LENGTH).optional(),
  SIGN_ON: z.string().optional(),
  SCIM: z.string().optional(),
  SCIM_TOKEN: tokenOf(MIN_SCIM_TOKEN_LENGTH).optional(),
  DEMO_MODEL: flag,
  ...builtInVariables,
  PROVIDERS: z.string().optional(),
  MAX_BODY_BYTES: positive(8 * 1024 * 1024),
  FIRST_BYTE_TIMEOUT_MS: positive(300_000),
  CALL_DEADLINE_MS: positive(900_000),
  CONTENTION_WAIT_MS: upTo(MAX_CONTENTION_WAIT_MS, 2_000),
  WEBHOOK_KEY: z
    .string()
    .min(MIN_WEBHOOK_KEY_LENGTH, `must be at least ${MIN_WEBHOOK_KEY_LENGTH} characters`)
    .optional(),
  WEBHOOK_ALLOW_PRIVATE: flag,
  SLACK_SIGNING_SECRET: z.string().trim().min(1, EMPTY_SECRET).optional(),
  USAGE_RETENTION_DAYS: days(LEAST_EVENT_DAYS),
  USAGE_HOURS_RETENTION_DAYS: days(LEAST_HOUR_DAYS),
  ...telemetryVariables,
});

/** Parses the environment; the failure is one line that names the variable and what it must be. */
export function parseSettings(environment: Environment): Result<Settings, string> {
  const parsed = environmentSchema.safeParse(withoutEmpty(environment));
  if (!parsed.success) return fail(`configuration: ${describe(parsed.error)}`);
  const values = parsed.data;

  const named = parseNamedProviders(values.PROVIDERS, environment);
  if (!named.ok) return named;
  const signOn = parseSignOn(values.SIGN_ON);
  if (!signOn.ok) return signOn;
  const scim = parseScim(values.SCIM, values.SCIM_TOKEN);
  if (!scim.ok) return scim;
  const retention = parseRetention(values.USAGE_RETENTION_DAYS, values.USAGE_HOURS_RETENTION_DAYS);
  if (!retention.ok) return fail(`configuration: ${retention.failure}`);

  return succeed({
    adminToken: values.ADMIN_TOKEN ?? null,
    financeToken: values.FINANCE_TOKEN ?? null,
    metricsToken: values.METRICS_TOKEN ?? null,
    signOn: signOn.value,
    scim: scim.value,
    demoModel: values.DEMO_MODEL,
    providers: [...builtInProviders(values), ...named.value],
    maxBodyBytes: values.MAX_BODY_BYTES,
    firstByteTimeoutMs: values.FIRST_BYTE_TIMEOUT_MS,
    callDeadlineMs: values.CALL_DEADLINE_MS,
    contentionWaitMs: values.CONTENTION_WAIT_MS,
    webhookKey: values.WEBHOOK_KEY ?? null,
    webhookAllowPrivate: values.WEBHOOK_ALLOW_PRIVATE,
    slackSigningSecret: values.SLACK_SIGNING_SECRET ?? null,
    usageRetention: retention.value,
    telemetry: telemetryOf(values),
  });
}

function parseNamedProviders(text: string | undefined, environment: Environment): Result<ProviderSettings[], string> {
  if (text === undefined) return succeed([]);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return fail('configuration: PROVIDERS is not valid JSON');
  }
  const parsed = namedProviders.safeParse(json);
  if (!parsed.success) return fail(`configuration: PROVIDERS: ${describe(parsed.error)}`);

  const providers: ProviderSettings[] = [];
  for (const [name, provider] of Object.entries(parsed.data)) {
    const settings = providerOf(name, provider, environment);
    if (!settings.ok) return settings;
    providers.push(settings.value);
  }
  return succeed(providers);
}

function parseSignOn(text: string | undefined): Result<SignOnIssuer[], string> {
  if (text === undefined) return succeed([]);
  const json = parseJson(text);
  if (json === undefined) return fail('configuration: SIGN_ON is not valid JSON');
  const parsed = signOnForm.safeParse(json);
  return parsed.success ? succeed(parsed.data) : fail(`configuration: SIGN_ON: ${describe(parsed.error)}`);
}

/** Off without its token; with it, the rules must be there: a person whom nothing puts in a team can do nothing. */
function parseScim(text: string | undefined, token: string | undefined): Result<ScimSettings | null, string> {
  if (token === undefined) return succeed(null);
  if (text === undefined)
    return fail('configuration: SCIM must say which team people come into, or SCIM_TOKEN be left out');
  const json = parseJson(text);
  if (json === undefined) return fail('configuration: SCIM is not valid JSON');
  const parsed = scimForm.safeParse(json);
  return parsed.success ? succeed({ ...parsed.data, token }) : fail(`configuration: SCIM: ${describe(parsed.error)}`);
}

/** An empty variable means the same as none: `OPENAI_API_KEY=` in a file switches the provider off. But for one. */
function withoutEmpty(environment: Environment): Environment {
  return Object.fromEntries(
    Object.entries(environment).filter(([name, value]) => value !== '' || name === 'SLACK_SIGNING_SECRET'),
  );
}

function describe(error: z.ZodError): string {
  return error.issues
    .map((issue) => {
      const [first] = issue.code === 'invalid_key' ? issue.issues : [issue];
      return [...issue.path.map(String), wordsOf(first ?? issue)].join(': ');
    })
    .join('; ');
}

/** The library's words on what is not there speak of its own types. */
function wordsOf({ message }: z.core.$ZodIssue): string {
  return message.endsWith('received undefined') ? 'must be given' : message;
}
