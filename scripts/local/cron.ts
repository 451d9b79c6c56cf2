// Cloudflare runs the Worker's cron trigger every minute; `wrangler dev` does not, so a local run does it here.

const EVERY_MS = 60_000;
const ANSWER_WITHIN_MS = 30_000;

/** The first sweep is at once: it finishes what a killed run left behind. Of failures in a row, the first is said. */
export function startCron(url: string): NodeJS.Timeout {
  let failing = false;
  const sweep = (): void => {
    fetch(`${url}/cdn-cgi/local/scheduled?cron=${encodeURIComponent('* * * * *')}`, {
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    }).then(
      (response) => {
        failing = false;
        return response.body?.cancel();
      },
      (error: unknown) => {
        if (!failing) console.error(`headgate: the sweep did not run: ${String(error)}`);
        failing = true;
      },
    );
  };
  sweep();
  return setInterval(sweep, EVERY_MS);
}
