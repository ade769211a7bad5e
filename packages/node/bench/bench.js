//! Measures the package: `npm run bench`. Prints ratios, each of two things measured in turns in one run,
//! because a machine is never quite the same twice.

import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';

import { authenticate, MemoryStore, Session } from 'rpa-auth';

const ROUNDS = 40;
const LOGINS = 50;
const STARTS = 30;
const SESSIONS = 200;

const middle = (times) => [...times].sort((one, other) => one - other)[Math.floor(times.length / 2)];
const say = (what, figure) => console.log(`${what.padEnd(64)} ${figure}`);
const ms = (time) => `${time.toFixed(2)} ms`;

const server = fork(new URL('server.js', import.meta.url));
const [port] = await once(server, 'message');
const url = `http://127.0.0.1:${port}`;

const room = { url, api: 'v2', transport: { allowHttp: true } };
const credentials = { username: 'ada', secret: { password: 'pa55-w0rd' } };

const bare = async () => {
  const answer = await fetch(`${url}/v2/authentication`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ username: 'ada', password: 'pa55-w0rd' }),
  });
  return (await answer.json()).token;
};
const ours = () => authenticate(room, credentials);

async function time(call) {
  const began = performance.now();
  for (let times = 0; times < LOGINS; times += 1) await call();
  return (performance.now() - began) / LOGINS;
}

async function logins() {
  const pairs = [];
  for (const call of [bare, ours]) await time(call);
  for (let round = 0; round < ROUNDS; round += 1) {
    // Whoever is second has the warmer machine.
    const pair = round % 2 ? [await time(bare), await time(ours)] : [await time(ours), await time(bare)].reverse();
    pairs.push(pair);
  }
  say('a login, to bare fetch with JSON.parse', middle(pairs.map(([bare, ours]) => ours / bare)).toFixed(2));
  say('  bare / ours', `${ms(middle(pairs.map(([bare]) => bare)))} / ${ms(middle(pairs.map(([, ours]) => ours)))}`);
}

async function many() {
  const all = async (call) => {
    const began = performance.now();
    await Promise.all(Array.from({ length: 200 }, call));
    return performance.now() - began;
  };
  const ratios = [];
  for (let round = 0; round < 15; round += 1) ratios.push((await all(ours)) / (await all(bare)));
  say('200 logins at one time, to bare fetch', middle(ratios).toFixed(2));
}

async function loop() {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  for (let times = 0; times < 500; times += 1) await ours();
  delay.disable();
  say('the longest turn of the event loop in 500 logins', ms(delay.max / 1e6));
}

/** In processes of their own: until the first call can be made, and the first call. */
function starts() {
  const script = fileURLToPath(new URL('start.js', import.meta.url));
  for (const kind of ['esm', 'cjs']) {
    const times = [];
    for (let round = 0; round < STARTS; round += 1) {
      times.push(JSON.parse(execFileSync(process.execPath, [script, kind], { encoding: 'utf8' })));
    }
    const column = (name) => times.map((one) => one[name]);
    const told = (name) => `${ms(Math.min(...column(name)))} at best, ${ms(middle(column(name)))} in the middle`;
    say(`from ${kind === 'esm' ? 'import' : 'require'} until the first call can be made`, told('ready'));
    say('  until its request leaves', told('sent'));
    say('  for scale: an import of nothing', told('nothing'));
  }
}

async function sessions() {
  const options = () => ({ store, placeKey: 'a1'.repeat(32), sealingKeys: ['b2'.repeat(32)] });
  const store = new MemoryStore();
  const account = { controlRoom: { controlRoom: room, credentials } };
  const session = await Session.open(account, options());
  await session.token();
  const warm = await time(() => session.token());
  say('a token that is there, from the store in memory', ms(warm));
  globalThis.gc?.();
  const before = process.memoryUsage();
  const opened = [];
  for (let number = 0; number < SESSIONS; number += 1) opened.push(await Session.open(account, options()));
  globalThis.gc?.();
  const after = process.memoryUsage();
  const of = ({ heapUsed, external }) => heapUsed + external;
  const grown = (of(after) - of(before)) / SESSIONS / 1024;
  say(`memory of an open session, of ${SESSIONS}`, `${grown.toFixed(0)} KiB`);
  for (const one of [session, ...opened]) one.close();
}

function size() {
  const [packed] = JSON.parse(execFileSync('npm', ['pack', '--dry-run', '--ignore-scripts', '--json'], { encoding: 'utf8', cwd: new URL('../', import.meta.url), stdio: ['ignore', 'pipe', 'ignore'] }));
  say('the package, packed / unpacked', `${packed.size} / ${packed.unpackedSize} bytes`);
}

size();
starts();
await logins();
await many();
await loop();
await sessions();
server.kill();
