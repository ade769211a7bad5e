//! Real servers for tests, each on a port and in a folder of its own. Every one has `stop`.

import { execFileSync, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** User and group `nobody` on Linux: PostgreSQL refuses to run as root. */
const NOBODY = 65_534;

/** Where Debian puts the programs of PostgreSQL, in a folder for each version. */
const DEBIAN = '/usr/lib/postgresql';

/** How long a server may take to start, in milliseconds. */
const PATIENCE_MS = 60_000;

export async function startRedis(settings = [], given = undefined) {
  const folder = newFolder();
  const port = given ?? (await freePort());
  const all = ['--port', port, '--bind', '127.0.0.1', '--dir', folder, '--save', '', ...settings];
  const server = await started('redis-server', all.map(String), port);
  return { ...server, url: `redis://127.0.0.1:${port}`, stop: () => server.end(folder) };
}

export async function startPostgres() {
  const folder = newFolder();
  const as = process.geteuid() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  if (as.uid) chownSync(folder, as.uid, as.gid);
  const data = join(folder, 'data');
  const run = (name, given) => execFileSync(postgresProgram(name), given, { ...as, cwd: folder, stdio: 'pipe' });
  run('initdb', ['--pgdata', data, '--username', 'robot', '--auth', 'trust', '--no-sync']);
  const port = await freePort();
  const given = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder];
  const select = ['-h', folder, '-p', String(port), '-U', 'robot', '-d', 'postgres', '-c', 'SELECT 1'];
  let server;
  const up = async () => {
    server = await started(postgresProgram('postgres'), given, port, { ...as, cwd: folder });
    await untilReady(async () => run('psql', select));
  };
  await up();
  return {
    settings: { host: '127.0.0.1', port, user: 'robot', database: 'postgres' },
    url: `postgres://robot@127.0.0.1:${port}/postgres`,
    /** Ends it, with its data kept; and starts it again. */
    down: () => server.end(undefined, 'SIGINT'),
    up,
    stop: () => server.end(folder, 'SIGINT'),
  };
}

/** A forward proxy, tinyproxy, which opens tunnels to any port. */
export async function startProxy({ login } = {}) {
  const folder = newFolder();
  const port = await freePort();
  const lines = ['Listen 127.0.0.1', `Port ${port}`, 'MaxClients 20', 'Timeout 60', `LogFile "${join(folder, 'log')}"`, 'LogLevel Connect'];
  if (login) lines.push(`BasicAuth ${login.user} ${login.password}`);
  writeFileSync(join(folder, 'tinyproxy.conf'), `${lines.join('\n')}\n`);
  const server = await started('tinyproxy', ['-d', '-c', join(folder, 'tinyproxy.conf')], port);
  return { ...server, log: join(folder, 'log'), url: `http://127.0.0.1:${port}`, stop: () => server.end(folder) };
}

export function newFolder() {
  return mkdtempSync(join(tmpdir(), 'rpa-auth-node-'));
}

/**
 * A port that nobody has. It lies below those that a system gives to whoever asks for any, so that nobody
 * comes in between by chance.
 */
export async function freePort() {
  for (;;) {
    const port = randomInt(10_000, 30_000);
    const server = createServer();
    const isFree = await new Promise((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}

async function started(program, given, port, options = {}) {
  const child = spawn(program, given, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { said += text; });
  const failure = new Promise((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${program} ended with ${code}: ${said}`)));
  });
  failure.catch(() => {});
  await Promise.race([failure, untilReady(() => connect(port))]);
  const end = async (folder, signal = 'SIGTERM') => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await ended;
    }
    if (folder) rmSync(folder, { recursive: true, force: true });
  };
  return { child, port, end };
}

async function untilReady(ask) {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

async function connect(port) {
  const { connect } = await import('node:net');
  const socket = connect(port, '127.0.0.1');
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  socket.destroy();
}

function postgresProgram(name) {
  if (!existsSync(DEBIAN)) return name;
  const [newest] = readdirSync(DEBIAN).sort((one, other) => Number(other) - Number(one));
  return join(DEBIAN, newest, 'bin', name);
}
