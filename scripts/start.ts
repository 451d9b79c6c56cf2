// `npm start`: Headgate on this machine, state in one folder, a demo team to try it with. `--watch` also shows reloads.

import { untilAskedToStop } from './local/asked-to-stop.ts';
import { type LocalConfiguration, readLocalConfiguration } from './local/configuration.ts';
import { startCron } from './local/cron.ts';
import { seedDemoTeam } from './local/demo-team.ts';
import { firstScreen } from './local/first-screen.ts';
import { applyLocalMigrations } from './local/migrations.ts';
import { refuseTakenPort, untilHealthy } from './local/readiness.ts';
import { StartupProblem } from './local/startup-problem.ts';
import { adminTokenIn, openStateFolder, webhookKeyIn } from './local/state-folder.ts';
import { lockStateFolder, type StateLock } from './local/state-lock.ts';
import { startWranglerDev } from './local/wrangler-dev.ts';

/** Resolves with the exit code when the run is over. */
async function run(): Promise<number> {
  const configuration = readLocalConfiguration(process.env);
  const { port, stateFolder } = configuration;
  await refuseTakenPort(port);
  openStateFolder(stateFolder);
  const lock = await lockStateFolder({ folder: stateFolder, port });
  try {
    return await runLocked(configuration, lock);
  } finally {
    lock.release();
  }
}

async function runLocked(configuration: LocalConfiguration, lock: StateLock): Promise<number> {
  const { port, stateFolder, config, settings } = configuration;
  applyLocalMigrations({ stateFolder, config });

  const adminToken = adminTokenIn(stateFolder, settings.adminToken);
  const wrangler = startWranglerDev({
    port,
    stateFolder,
    config,
    variables: {
      ...configuration.variables,
      ADMIN_TOKEN: adminToken,
      WEBHOOK_KEY: webhookKeyIn(stateFolder, settings.webhookKey),
    },
    talkative: process.argv.includes('--watch'),
  });
  const asked = untilAskedToStop();
  const ended = wrangler.exited.then(() => 'ended' as const);
  try {
    if (wrangler.group !== null) lock.noteGroup(wrangler.group);
    const url = `http://127.0.0.1:${port}`;
    const started = untilHealthy(url, wrangler.isRunning)
      .then(() => seedDemoTeam({ url, adminToken, stateFolder }))
      .then((key) => ({ key }));
    const start = await Promise.race([started, asked]);
    if (start === 'asked') return 0;
    console.log(firstScreen(configuration, start.key));
    wrangler.speak();

    const cron = startCron(url);
    const end = await Promise.race([asked, ended]);
    clearInterval(cron);
    if (end === 'asked') return 0;
    throw new StartupProblem('wrangler dev ended by itself');
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const output = wrangler.lastOutput();
    throw new StartupProblem(output === '' ? error.message : `${error.message}; it last said:\n${output}`);
  } finally {
    await wrangler.stop();
  }
}

try {
  process.exitCode = await run();
} catch (error) {
  if (!(error instanceof StartupProblem)) throw error;
  console.error(`headgate: ${error.message}`);
  process.exitCode = 1;
}
