// What the counted objects of this isolate have done so far; the Worker beside them reads it without asking them. And their
// clock, which the benchmark may put forward for a moment: what the ledger forgets later is part of a call's bill.

interface Counts {
  /** Questions by method of the object: each is a request that the platform bills. */
  readonly requests: Record<string, number>;
  alarms: number;
  /** As the runtime reports them for each statement, and one for each setting of an alarm. */
  rowsWritten: number;
  rowsRead: number;
}

export const counts: Counts = { requests: {}, alarms: 0, rowsWritten: 0, rowsRead: 0 };

const trueNow = Date.now.bind(Date);

/** Lets `work` happen so much later than it is. */
export async function later(aheadMs: number, work: () => Promise<void>): Promise<void> {
  Date.now = () => trueNow() + aheadMs;
  try {
    await work();
  } finally {
    Date.now = trueNow;
  }
}
