// Cloudflare runs the Worker's cron trigger every minute; `wrangler dev` does not, so a local run does it here.

const EVERY_MS = 60_000;
const ANSWER_WITHIN_MS = 30_000;

/** The first sweep is at once: it finishes what a killed run left behind. Failures wait for the next minute. */
export function startCron(url: string): NodeJS.Timeout {
  const sweep = (): void => {
    fetch(`${url}/cdn-cgi/local/scheduled?cron=${encodeURIComponent('* * * * *')}`, {
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    }).then(
      (response) => response.body?.cancel(),
      (error: unknown) => console.error(`headgate: the sweep did not run: ${String(error)}`),
    );
  };
  sweep();
  return setInterval(sweep, EVERY_MS);
}
