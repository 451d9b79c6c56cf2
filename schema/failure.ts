// Everything that can go wrong with a call, as evidence. How it is said to a client is the dialects' business.

import type { AdmitRefusal } from './ledger.ts';
import type { Party } from './team-config.ts';

type BudgetEvidence = Extract<AdmitRefusal, { readonly budget: unknown }>;
type RateEvidence = Extract<AdmitRefusal, { readonly rate: unknown }>;

/** What an approval may cure. */
interface Askable {
  /** Where the caller reached the gateway, such as "https://gate.example": what a link to it begins with. */
  readonly gateway?: string;
}

export type BadRequest = Extract<Failure, { readonly reason: 'bad_request' }>;

export type Failure =
  /** No key, a malformed, unknown, revoked or expired one: one answer for all. Of a token of single sign-on it is said why. */
  | { readonly reason: 'invalid_key'; readonly advice?: string }
  | { readonly reason: 'bad_request'; readonly message: string; readonly field: string | null }
  | { readonly reason: 'body_too_large'; readonly limitBytes: number }
  | { readonly reason: 'unsupported_encoding'; readonly encoding: string }
  | {
      readonly reason: 'unknown_path';
      readonly method: string;
      readonly path: string;
      /** Why a path that providers have is not here, and what to do instead: whole sentences. */
      readonly advice?: string;
    }
  | { readonly reason: 'model_not_found'; readonly model: string }
  /** The model's provider has no credential or place in the configuration. */
  | { readonly reason: 'provider_missing'; readonly model: string; readonly provider: string }
  | { readonly reason: 'price_unknown'; readonly model: string }
  /** The model's provider does not speak the caller's dialect. */
  | { readonly reason: 'dialect_unsupported'; readonly model: string; readonly speaks: string }
  /** The key is not for calls from there; `source` is the address that was seen, null for none. */
  | { readonly reason: 'source_not_allowed'; readonly source: string | null }
  | ({
      readonly reason: 'model_not_allowed' | 'approval_required';
      readonly model: string;
      /** Where it is the key that is for other models, and not the team or the member. */
      readonly scope?: 'key';
    } & Askable)
  /** The company has taken leave of the model; `notice` is what it says of it, null for nothing. */
  | ({
      readonly reason: 'phased_out';
      readonly model: string;
      readonly instead: string;
      readonly notice: string | null;
    } & Askable)
  | ({
      readonly reason: BudgetEvidence['reason'];
      readonly budget: BudgetEvidence['budget'];
      readonly estimate: number;
      readonly retryAfterMs: number | null;
    } & Askable)
  /** The team, the member or the key was suspended by an admin. */
  | { readonly reason: 'suspended'; readonly party: Party }
  | ({
      readonly reason: RateEvidence['reason'];
      readonly rate: RateEvidence['rate'];
      readonly estimate: number;
      readonly retryAfterMs: number | null;
    } & Askable)
  /** The budget's object did not answer; nothing was sent upstream. */
  | { readonly reason: 'ledger_unavailable' }
  /** The admin's models could not be read, and the built-in tables do not have the one asked for. */
  | { readonly reason: 'models_unavailable' }
  | { readonly reason: 'upstream_unreachable'; readonly provider: string }
  | { readonly reason: 'upstream_timeout'; readonly provider: string; readonly timeoutMs: number }
  | { readonly reason: 'upstream_invalid'; readonly provider: string; readonly message: string }
  /** The provider refused a call that had to be translated for it; `message` is its own. */
  | {
      readonly reason: 'upstream_refused';
      readonly provider: string;
      readonly status: number;
      readonly message: string;
      readonly retryAfterMs: number | null;
    }
  | { readonly reason: 'client_gone' }
  | { readonly reason: 'internal' };
