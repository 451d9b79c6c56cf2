// What the settings of every kind of provider have in common: base URLs, secrets by name, what a closed connection does.

import { z } from 'zod';
import { fail, type Result, succeed } from '../result.ts';

export const disconnectEffects = ['stops', 'goes_on'] as const;

/** What a closed connection does: `stops` generation and billing, or the provider `goes_on` to the end and bills it. */
export type DisconnectEffect = (typeof disconnectEffects)[number];

/** The Worker's variables and secrets by name; bindings of other kinds are ignored. */
export type Environment = Readonly<Record<string, unknown>>;

export interface CommonSettings {
  readonly name: string;
  /** Without a trailing slash. No credential of the provider is ever sent anywhere else. */
  readonly baseUrl: string;
  readonly onDisconnect: DisconnectEffect;
}

export const baseUrl = z
  .url({ protocol: /^https?$/, error: 'must be a URL that begins with http:// or https://' })
  .transform((url) => url.replace(/\/+$/, ''));

/** The same where requests name their version themselves: with it or without it, as each SDK writes it, is the same place. */
export const unversionedUrl = baseUrl.transform((url) => url.replace(/\/v1(?:beta)?$/, ''));

/** Name of the secret that holds a credential. */
export const secretName = z.string().min(1, 'must name a secret');

export const onDisconnect = z.enum(disconnectEffects, 'must be stops or goes_on');

/** Reads secrets of one provider; the failure says which one is missing, never what another holds. */
export class Secrets {
  readonly #provider: string;
  readonly #environment: Environment;

  constructor(provider: string, environment: Environment) {
    this.#provider = provider;
    this.#environment = environment;
  }

  required(variable: string): Result<string, string> {
    const value = this.#environment[variable];
    return typeof value === 'string' && value !== ''
      ? succeed(value)
      : fail(`configuration: PROVIDERS: ${this.#provider}: the secret ${variable} is not set`);
  }

  /** Null where no secret is named. */
  optional(variable: string | undefined): Result<string | null, string> {
    return variable === undefined ? succeed(null) : this.required(variable);
  }
}
