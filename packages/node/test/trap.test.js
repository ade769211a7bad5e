//! A trap costs the call an error, and the next call gets a new instance.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { authenticate, MemoryStore, Session, Stopped } from 'rpa-auth';

import { account, credentials, errorOf, keys, room, SECRET } from './support/given.js';
import { good, httpServer } from './support/raw.js';
import { allShown } from './support/seen.js';

/** `(module (func (export "f") unreachable))` */
const UNREACHABLE = Uint8Array.of(
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 0x66, 0, 0, 0x0a, 5, 1, 3, 0, 0, 0x0b,
);
const unreachable = new WebAssembly.Instance(new WebAssembly.Module(UNREACHABLE)).exports.f;

/** Which export traps, after how many calls of it. */
let trap = { name: '', after: 0 };
let instances = 0;

/** Instances whose exports trap when they are told to: with a real trap of the engine. */
const instantiate = WebAssembly.instantiate;
WebAssembly.instantiate = async (core, imports) => {
  const instance = await instantiate(core, imports);
  instances += 1;
  const exports = Object.entries(instance.exports).map(([name, value]) => [
    name,
    typeof value === 'function' ? (...given) => (isDue(name) ? unreachable() : value(...given)) : value,
  ]);
  return { exports: Object.fromEntries(exports) };
};

function isDue(name) {
  if (trap.name === '' || !name.endsWith(trap.name) || name.startsWith('cabi_')) return false;
  trap.after -= 1;
  return trap.after < 0;
}

describe('a trap', () => {
  let server;
  before(async () => {
    server = await httpServer((response) => good(response));
  });
  after(() => server.stop());

  for (const [when, calls, mayHaveActed] of [['before the request', 0, false], ['after the answer', 1, true]]) {
    it(`${when} of a call costs that call a typed error`, async () => {
      const login = () => authenticate(room(server.origin), credentials());
      await login();
      const before = instances;
      trap = { name: '#next', after: calls };
      const error = await errorOf(login);
      trap = { name: '' };
      assert.ok(error instanceof Stopped, String(error));
      assert.equal(error.mayHaveActed, mayHaveActed);
      assert.ok(!allShown(error).includes(SECRET));
      assert.equal((await login()).value, 't0k3n-of-ada');
      assert.ok(instances > before, 'the next call has the instance that trapped');
    });
  }

  for (const [name, calls, mayHaveActed] of [
    ['session.token', 0, false],
    ['running.on', 0, false],
    ['running.on', 4, true],
  ]) {
    it(`in ${name}, call ${calls}, costs the calls of that session a typed error`, async () => {
      const options = { store: new MemoryStore(), ...keys() };
      const session = await Session.open(account(server.origin), options);
      const other = await Session.open(account(server.origin), { ...options, store: new MemoryStore() });
      trap = { name, after: calls };
      const error = await errorOf(session.token());
      trap = { name: '' };
      assert.ok(error instanceof Stopped, String(error));
      assert.equal(error.mayHaveActed, mayHaveActed);
      assert.equal((await other.token()).token.value, 't0k3n-of-ada');
      assert.equal((await session.status()).actor, undefined);
      session.close();
      other.close();
    });
  }
});
