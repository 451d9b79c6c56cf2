// Where spans of calls are sent, from OpenTelemetry's own variables.
// https://opentelemetry.io/docs/specs/otel/protocol/exporter/

import { z } from 'zod';

export interface TelemetrySettings {
  /** Takes OTLP traces as JSON. */
  readonly url: string;
  /** Sent along, such as the collector's token. */
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
}

const webAddress = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .refine((text) => !text.includes('#'), 'must have no fragment');

/** `name=value` with commas between; values may be percent-encoded. */
const headerList = z.string().transform((text, check): Record<string, string> => {
  const headers: Record<string, string> = {};
  for (const pair of text.split(',')) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, at).trim();
    const value = decoded(pair.slice(at + 1).trim());
    if (at < 1 || !/^[\w!#$%&'*+.^`|~-]+$/u.test(name) || value === null || /[^\t\x20-\x7e]/u.test(value)) {
      check.addIssue('must be name=value, with commas between, values percent-encoded where need be');
      return z.NEVER;
    }
    headers[name.toLowerCase()] = value;
  }
  return headers;
});

function decoded(value: string): string | null {
  try {
    return decodeURIComponent(value);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return null;
  }
}

export const telemetryVariables = {
  OTEL_EXPORTER_OTLP_ENDPOINT: webAddress.optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: webAddress.optional(),
  OTEL_EXPORTER_OTLP_HEADERS: headerList.optional(),
  OTEL_SERVICE_NAME: z.string().max(255).default('headgate'),
};

const variables = z.object(telemetryVariables);

/** Null where no collector is named. */
export function telemetryOf(values: z.output<typeof variables>): TelemetrySettings | null {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: base, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: traces } = values;
  const url = traces ?? (base === undefined ? null : `${base.replace(/\/+$/u, '')}/v1/traces`);
  if (url === null) return null;
  return { url, headers: values.OTEL_EXPORTER_OTLP_HEADERS ?? {}, serviceName: values.OTEL_SERVICE_NAME };
}
