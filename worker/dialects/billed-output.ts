// How many output tokens OpenAI-style usage bills: reasoning is part of them, or comes on top. Only the total tells. Pure.

export interface ReportedTokens {
  /** Input of every kind. */
  readonly input: number;
  readonly output: number;
  readonly reasoning: number;
  readonly total: number;
}

export interface BilledOutput {
  readonly output: number;
  /** False where the total fits neither way; then the larger reading is taken. */
  readonly exact: boolean;
}

export function billedOutput({ input, output, reasoning, total }: ReportedTokens): BilledOutput {
  if (total === input + output) return { output, exact: true };
  if (total === input + output + reasoning) return { output: output + reasoning, exact: true };
  return { output: Math.max(output, total - input), exact: false };
}
