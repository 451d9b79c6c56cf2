// The few lines operators see in the platform's log. Fields are named one by one, so that no prompt, key or header can
// slip in.

export interface OperatorNote {
  readonly event:
    | 'ledger_work_failed'
    | 'ledger_write_failed'
    | 'settlement_refused'
    | 'ledger_unavailable'
    | 'ledger_reply_unknown'
    | 'models_not_loaded'
    | 'sweep_step_failed'
    | 'archive_missing'
    | 'erasure_waits'
    | 'spend_look_failed'
    | 'sign_in_failed'
    | 'notice_not_sent'
    | 'spans_not_sent'
    | 'sign_on_keys_not_loaded'
    | 'internal_error';
  readonly team?: string | undefined;
  readonly requestId?: string | undefined;
  readonly error: unknown;
}

/** Writes one JSON line. Of an error it keeps message and stack, which hold our code's words and places only. */
export function note({ event, team, requestId, error }: OperatorNote): void {
  const message = error instanceof Error ? error.message : String(error);
  const stack = event === 'internal_error' && error instanceof Error ? error.stack : undefined;
  // oxlint-disable-next-line no-console -- the platform's log is where operators look
  console.warn(JSON.stringify({ event, team, requestId, message, stack }));
}
