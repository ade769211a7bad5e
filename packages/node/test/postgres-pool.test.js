//! What a store takes out of the program's pool of PostgreSQL, and what it leaves there.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import pg from 'pg';
import { PostgresStore } from 'rpa-auth';

import { startPostgres } from './support/servers.js';

const KEY = '5d'.repeat(32);

/** What the program sets in every connection of its pool. */
const OWN = { timezone: 'Asia/Tokyo', search_path: 'public, pg_catalog', statement_timeout: '7s' };

describe('a pool', () => {
  let server;
  before(async () => { server = await startPostgres(); });
  after(() => server.stop());

  async function withPool(test) {
    const pool = new pg.Pool({ ...server.settings, max: 1 });
    pool.on('error', () => {});
    pool.on('connect', (client) => {
      client.query(`SET timezone = 'Asia/Tokyo'; SET search_path = public, pg_catalog; SET statement_timeout = '7s'`);
    });
    const store = new PostgresStore(pool);
    try {
      await test(pool, store);
    } finally {
      await store.close();
      await pool.end();
    }
  }

  it("has the program's own settings when a store has been closed", () => withPool(async (pool, store) => {
    await store.compareAndSet(KEY, undefined, new Uint8Array([1]), undefined);
    await store.close();
    for (const [name, value] of Object.entries(OWN)) {
      const { rows } = await pool.query(`SHOW ${name}`);
      assert.equal(Object.values(rows[0])[0], value, name);
    }
  }));

  it('is asked for another connection by the next call', () => withPool(async (pool, store) => {
    const version = await store.compareAndSet('a1'.repeat(32), undefined, new Uint8Array([1]), undefined);
    await store.close();
    assert.equal(pool.totalCount, 0);
    assert.equal((await store.read('a1'.repeat(32), undefined, 0)).version, version);
    assert.equal(pool.totalCount, 1);
  }));

  it('keeps a connection until what was asked of it is answered', () => withPool(async (_, store) => {
    const key = 'b2'.repeat(32);
    await store.read(key, undefined, 0);
    const write = store.compareAndSet(key, undefined, new Uint8Array([1]), undefined);
    // The statement leaves in the next turn.
    await new Promise((resolve) => setImmediate(resolve));
    await store.close();
    assert.equal((await store.read(key, undefined, 0)).version, await write);
  }));

  it('serves a reader that waits while the store is closed', () => withPool(async (_, store) => {
    const key = 'c3'.repeat(32);
    const version = await store.compareAndSet(key, undefined, new Uint8Array([1]), undefined);
    const reader = store.read(key, version, 60_000);
    await new Promise((resolve) => setImmediate(resolve));
    await store.close();
    const next = await store.compareAndSet(key, version, new Uint8Array([2]), undefined);
    assert.equal((await reader).version, next);
  }));
});
