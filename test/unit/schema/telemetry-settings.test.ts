// Where spans go, from OpenTelemetry's own variables.

import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../../schema/settings.ts';

function telemetry(environment: Record<string, string>) {
  const parsed = parseSettings(environment);
  return parsed.ok ? parsed.value.telemetry : parsed.failure;
}

describe('the variables of OpenTelemetry', () => {
  it('left out, send nothing', () => {
    expect(telemetry({})).toBeNull();
    expect(telemetry({ OTEL_EXPORTER_OTLP_HEADERS: 'a=b', OTEL_SERVICE_NAME: 'gate' })).toBeNull();
  });

  it.each([
    ['https://otel.example', 'https://otel.example/v1/traces'],
    ['https://otel.example/', 'https://otel.example/v1/traces'],
    ['http://127.0.0.1:4318/base', 'http://127.0.0.1:4318/base/v1/traces'],
  ])('put the path of traces behind %s', (base, url) => {
    expect(telemetry({ OTEL_EXPORTER_OTLP_ENDPOINT: base })).toEqual({ url, headers: {}, serviceName: 'headgate' });
  });

  it('take an address for traces alone as it is', () => {
    const asked = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://a.example',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://b.example/in',
    };
    expect(telemetry({ ...asked, OTEL_SERVICE_NAME: 'gate' })).toMatchObject({
      url: 'https://b.example/in',
      serviceName: 'gate',
    });
  });

  it('name headers, percent-encoded', () => {
    const headers = 'Authorization=Bearer%20abc%3D%3D, x-team = finance';
    expect(
      telemetry({ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://a.example', OTEL_EXPORTER_OTLP_HEADERS: headers }),
    ).toMatchObject({
      headers: { authorization: 'Bearer abc==', 'x-team': 'finance' },
    });
  });

  it.each([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'otel.example'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'ftp://otel.example'],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'https://otel.example/#x'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'Bearer abc'],
    ['OTEL_EXPORTER_OTLP_HEADERS', '=abc'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a b=c'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=%0d%0ax'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=%zz'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=b,'],
  ])('refuse %s=%s by name', (name, value) => {
    expect(telemetry({ [name]: value })).toMatch(new RegExp(`^configuration: ${name}: must`, 'u'));
  });
});
