//! What a component was given is wiped from its memory: before a single call returns, and a session's when it
//! is closed.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { authenticate, MemoryStore, Session } from 'rpa-auth';

import { account, credentials, keys, room, SECRET } from './support/given.js';
import { good, httpServer } from './support/raw.js';

/** The memories of all instances of ours: undici has one of its own, of which nobody promises anything. */
const memories = [];
const { instantiate } = WebAssembly;
WebAssembly.instantiate = async (core, imports) => {
  const instance = await instantiate(core, imports);
  if (instance.exports.cabi_realloc) memories.push(instance.exports.memory);
  return instance;
};

const holds = (bytes) => memories.some((memory) => Buffer.from(memory.buffer).includes(bytes));

const HIDDEN = {
  'the password': Buffer.from(SECRET),
  'the token': Buffer.from('t0k3n-of-ada'),
  'the place key': Buffer.from(keys().placeKey, 'hex'),
  'a sealing key': Buffer.from(keys().sealingKeys[0], 'hex'),
};

describe('the memory of a component', () => {
  let server;
  before(async () => {
    server = await httpServer((response) => good(response));
  });
  after(() => server.stop());

  it('holds nothing of a call that has returned', async () => {
    await authenticate(room(server.origin), credentials());
    assert.ok(memories.length > 0);
    for (const [name, bytes] of Object.entries(HIDDEN)) assert.ok(!holds(bytes), name);
  });

  it('holds what a session needs, and nothing of it when that is closed', async () => {
    const session = await Session.open(account(server.origin), { store: new MemoryStore(), ...keys(), maxStalenessMs: 60_000 });
    await session.token();
    assert.ok(holds(HIDDEN['the password']), 'it is not looked for where it lies');
    session.close();
    await new Promise((resolve) => setImmediate(resolve));
    for (const [name, bytes] of Object.entries(HIDDEN)) assert.ok(!holds(bytes), name);
  });
});
