//! A key of a store is one that a session makes, and nothing that leads elsewhere.

import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';

import pg from 'pg';
import { createClient } from 'redis';
import { DirectoryStore, InvalidArgument, MemoryStore, PostgresStore, RedisStore } from 'rpa-auth';

import { errorOf } from './support/given.js';
import { newFolder } from './support/servers.js';
import { allShown } from './support/seen.js';

const KEY = '5d'.repeat(32);

const WRONG = {
  'a path': '../x',
  'a path of the right length': `../${'a'.repeat(61)}`,
  'upper case': KEY.toUpperCase(),
  'a digit too few': KEY.slice(1),
  'a digit too many': `${KEY}5`,
  'a line behind it': `${KEY}\n`,
  'nothing': undefined,
  'an array with one': [KEY],
};

describe('a key', () => {
  let folder;
  before(() => { folder = newFolder(); });
  after(() => rmSync(folder, { recursive: true }));

  const stores = {
    'the directory': () => DirectoryStore.open(`${folder}/in`),
    'memory': () => new MemoryStore(),
    // It connects to nobody before a key is right.
    'Redis': () => new RedisStore(createClient({ url: 'redis://127.0.0.1:1' })),
    'PostgreSQL': () => new PostgresStore(new pg.Pool({ host: '127.0.0.1', port: 1 })),
  };
  for (const [name, open] of Object.entries(stores)) {
    for (const [what, key] of Object.entries(WRONG)) {
      it(`that is ${what} is refused by the store ${name}`, async () => {
        const store = await open();
        for (const work of [() => store.read(key, undefined, 0), () => store.compareAndSet(key, undefined, new Uint8Array([1]), undefined)]) {
          const error = await errorOf(work);
          assert.ok(error instanceof InvalidArgument, String(error));
          assert.equal(error.path, 'key');
          assert.ok(!allShown(error).includes(String(key ?? KEY)));
        }
        assert.deepEqual(readdirSync(folder).filter((file) => file !== 'in'), []);
      });
    }
  }
});
