// What a call needs to pass: the deployment's configuration and the few things that reach outside. One per request.

import type { DialectName } from '../../schema/dialect-name.ts';
import type { Failure } from '../../schema/failure.ts';
import type { TeamId } from '../../schema/ids.ts';
import type { Result } from '../../schema/result.ts';
import type { Settings } from '../../schema/settings.ts';
import type { PhaseOut } from '../../schema/steering.ts';
import type { LedgerClient } from '../ledger-client.ts';
import type { Provider } from '../providers/provider.ts';
import type { Health } from '../routing/health.ts';
import type { SpanExporter } from '../telemetry/span-exporter.ts';
import type { Candidate, Route as RouteTo } from '../routing/resolve.ts';
import type { Client } from './client.ts';
import type { Deadlines } from './deadlines.ts';

export type Target = Candidate<Provider>;
export type Route = RouteTo<Provider>;

/** A model as it is listed: by the name employees use, who serves it, and what it is spoken to in there. */
export interface OfferedModel {
  readonly name: string;
  readonly provider: string;
  readonly speaks: readonly DialectName[];
  /** Its phase-out has blocked it: only a grant opens it. */
  readonly isBlocked: boolean;
}

/** Where a model name leads, and whether the company is taking leave of it. */
export interface Found {
  readonly route: Result<Route, Failure>;
  readonly phaseOut: PhaseOut | null;
}

/** Whoever calls, as their team's ledger knows them. */
export interface Caller {
  readonly team: TeamId;
  /** Of a key, in hex. */
  readonly digest: string;
}

export interface Gate {
  readonly settings: Settings;
  readonly ledger: LedgerClient;
  /** What there is under a model name, now. */
  readonly find: (model: string) => Promise<Found>;
  /** How the targets of models with several of them have been of late; the isolate's. */
  readonly health: Health;
  /** All models that can be called here, whoever asks. */
  readonly offeredModels: () => Promise<readonly OfferedModel[]>;
  /** Who calls with a token of single sign-on, in the team they name or the only one they have; null where there is none. */
  readonly signIn: ((token: string, team: string | null) => Promise<Result<Caller, Failure>>) | null;
  /** Takes spans of calls to a collector; null where there is none. */
  readonly spans: SpanExporter | null;
  readonly now: () => number;
  readonly deadlines: Deadlines;
  readonly randomBytes: (length: number) => Uint8Array;
  /** Keeps the request's work alive after its response has ended. */
  readonly keepAlive: (work: Promise<unknown>) => void;
}

/** A request of the data plane, as its HTTP room hands it on. */
export interface Inbound {
  readonly dialect: DialectName;
  /** The path below the protocol's version, such as "chat/completions". */
  readonly operation: string;
  /** The model that the path names; null where the body does. */
  readonly pathModel: string | null;
  /** The query string with its question mark; empty where there is none. */
  readonly search: string;
  readonly headers: Headers;
  /** Where the client reached the gateway, such as "https://gate.example". */
  readonly origin: () => string;
  readonly client: Client;
  readonly readBody: () => Promise<Result<Uint8Array, Failure>>;
}
