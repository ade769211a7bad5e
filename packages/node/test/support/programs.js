//! Programs that tests start: the simulated platforms, the project's command, and scripts of ours.

import { execFile, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { repository } from './cases.js';

const programs = process.env.RPA_AUTH_PROGRAMS ?? fileURLToPath(new URL('target/debug', repository));

export const package_ = fileURLToPath(new URL('../../', import.meta.url));

/** The project's command. */
export const command = `${programs}/rpa-auth`;

/** Both simulated platforms, over TLS or not. The pages of an origin may call the Control Room. */
export async function startSimulators({ tls = true, pagesOf } = {}) {
  const options = [...(tls ? ['--tls'] : []), ...(pagesOf ? ['--cors', pagesOf] : [])];
  const child = spawn(`${programs}/simulators`, ['--port', '0', ...options], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8');
  await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the simulators ended with ${code}: ${said}`)));
    child.stdout.on('data', (text) => {
      said += text;
      if (said.includes('Requests as they come:')) resolve();
    });
  });
  const [, controlRoom, orchestrator] = /^ *(https?:\S+) [^]*?^ *(https?:\S+) /m.exec(said);
  return {
    controlRoom,
    orchestrator,
    tokenUrl: `${orchestrator}/identity/connect/token`,
    ca: /--ca-bundle (\S+)/.exec(said)?.[1],
    /** How often a request has come. */
    count: (request) => said.split('\n').filter((line) => line.endsWith(request)).length,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Runs a script of the package, in Node if nothing else is said. Returns what it printed. */
export async function run(script, { program = process.execPath, env = {}, given = [] } = {}) {
  const { stdout } = await promisify(execFile)(program, [...given, script], {
    cwd: package_,
    env: { PATH: process.env.PATH, ...env },
    timeout: 60_000,
  });
  return stdout;
}
