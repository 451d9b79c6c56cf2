// What wrangler is told by environment: no metrics, no update check, no look-ups on the network, nothing outside the state.

import { join } from 'node:path';

/** Everything wrangler needs of its surroundings; the caller adds PATH and the Worker's variables. */
export function wranglerEnvironment(stateFolder: string): Record<string, string> {
  return {
    HOME: process.env['HOME'] ?? stateFolder,
    CI: '1',
    NO_COLOR: '1',
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_SEND_ERROR_REPORTS: 'false',
    WRANGLER_HIDE_BANNER: 'true',
    WRANGLER_WRITE_LOGS: 'false',
    WRANGLER_CI_DISABLE_CONFIG_WATCHING: 'true',
    WRANGLER_REGISTRY_PATH: join(stateFolder, 'registry'),
    WRANGLER_CACHE_DIR: join(stateFolder, 'cache'),
    CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    X_LOCAL_OBSERVABILITY: 'false',
    X_LOCAL_EXPLORER: 'false',
  };
}
