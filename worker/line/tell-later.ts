// Telling the ledger again, when it was away: the same words, a few times, after the client has its answer.

/** Stays within the 30 s that the platform leaves a request after its response. */
const PAUSES_MS = [500, 1_000, 2_000, 4_000, 8_000];

/** `tell` says whether the ledger has heard it. */
export async function tellLater(tell: () => Promise<boolean>): Promise<void> {
  for (const pauseMs of PAUSES_MS) {
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    if (await tell()) return;
  }
}
