// When a local run is to end: on a signal, or when the npm that started it is gone and nobody could reach it any more.

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const LOOK_EVERY_MS = 500;

export function untilAskedToStop(): Promise<'asked'> {
  return new Promise((resolve) => {
    for (const signal of SIGNALS) process.on(signal, () => resolve('asked'));
    if (process.env['npm_lifecycle_event'] === undefined) return;
    const npm = process.ppid;
    setInterval(() => {
      if (process.ppid !== npm) resolve('asked');
    }, LOOK_EVERY_MS).unref();
  });
}
