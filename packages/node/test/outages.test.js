//! What the stores that are servers say while those are away, and what they refuse.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Cluster, Redis } from 'ioredis';
import pg from 'pg';
import { createClient, createCluster } from 'redis';
import { InvalidArgument, PostgresStore, RedisStore, StoreError } from 'rpa-auth';

import { errorOf } from './support/given.js';
import { openStore } from './support/open-store.js';
import { allShown } from './support/seen.js';
import { freePort, startPostgres, startRedis } from './support/servers.js';

const KEY = '5d'.repeat(32);
const VALUE = new TextEncoder().encode('value');

/** Asks until an answer comes that is no `unavailable`. */
async function whenItIsBack(ask) {
  const end = Date.now() + 60_000;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      assert.ok(error instanceof StoreError && error.problem === 'unavailable', String(error));
      if (Date.now() > end) throw error;
    }
  }
}

for (const client of ['redis', 'ioredis']) {
  describe(`a Redis, by ${client}`, () => {
    it('that is away is unavailable, and serves again when it is back', async () => {
      const port = await freePort();
      const first = await startRedis([], port);
      const { store, close } = await openStore(first.url, client);
      assert.ok(await store.compareAndSet(KEY, undefined, VALUE, 60));
      await first.stop();
      const error = await errorOf(store.read(KEY));
      assert.ok(error instanceof StoreError, String(error));
      assert.equal(error.problem, 'unavailable');
      const second = await startRedis([], port);
      assert.equal(await whenItIsBack(() => store.read(KEY)), undefined);
      assert.ok(await whenItIsBack(() => store.compareAndSet(KEY, undefined, VALUE, 60)));
      // The entry says in which run of the server it was written: in this one.
      const admin = new Redis(second.url);
      const [, run] = /^run_id:(\w+)/m.exec(await admin.info('server'));
      assert.equal(await admin.hget(`rpa-auth:${KEY}`, 'run'), run);
      admin.disconnect();
      await close();
      await second.stop();
    });

    it('with something else in the place of an entry says so, and leaves it', async () => {
      const server = await startRedis();
      const { store, close } = await openStore(server.url, client);
      const admin = new Redis(server.url);
      for (const put of [() => admin.set(`rpa-auth:${KEY}`, 'x'), () => admin.hset(`rpa-auth:${KEY}`, 'version', 'x')]) {
        await admin.del(`rpa-auth:${KEY}`);
        await put();
        for (const ask of [() => store.read(KEY), () => store.compareAndSet(KEY, undefined, VALUE, 60)]) {
          const error = await errorOf(ask);
          assert.equal(error.problem, 'other');
          assert.match(error.message, /damaged, or from another release/);
        }
        assert.equal(await admin.exists(`rpa-auth:${KEY}`), 1);
      }
      admin.disconnect();
      await close();
      await server.stop();
    });

    it('that is a replica is unavailable, and is not written', async () => {
      const primary = await startRedis();
      const replica = await startRedis(['--replicaof', '127.0.0.1', new URL(primary.url).port]);
      const { store, close } = await openStore(replica.url, client);
      for (const ask of [() => store.read(KEY), () => store.compareAndSet(KEY, undefined, VALUE, 60)]) {
        const error = await errorOf(ask);
        assert.equal(error.problem, 'unavailable');
        assert.match(error.message, /must reach the primary/);
      }
      await close();
      await replica.stop();
      await primary.stop();
    });

    it('whose user may do little says what is missing, or does without', async () => {
      const server = await startRedis();
      const admin = new Redis(server.url);
      const login = (name) => server.url.replace('//', `//${name}:s3cret@`);
      await admin.acl('SETUSER', 'robot', 'on', '>s3cret', '~rpa-auth:*', '&*', '+hmget', '+hset', '+exists', '+time', '+pexpire', '+persist', '+eval', '+evalsha', '+hello', '+client');
      await admin.acl('SETUSER', 'nobody', 'on', '>s3cret', '~*', '+hello', '+client', '+ping');
      const robot = await openStore(login('robot'), client);
      const version = await robot.store.compareAndSet(KEY, undefined, VALUE, 60);
      assert.equal((await robot.store.read(KEY)).version, version);
      const nobody = await openStore(login('nobody'), client);
      const error = await errorOf(nobody.store.read(KEY));
      assert.equal(error.problem, 'other');
      assert.match(error.message, /may not do this in Redis/);
      assert.ok(!allShown(error).includes('s3cret'));
      for (const one of [robot, nobody]) await one.close();
      admin.disconnect();
      await server.stop();
    });

    it('counts on an age that it has seen, whatever the clock of the server says', async () => {
      const server = await startRedis();
      const { store, close } = await openStore(server.url, client);
      const admin = new Redis(server.url);
      await store.compareAndSet(KEY, undefined, VALUE, 60);
      await admin.hset(`rpa-auth:${KEY}`, 'written', String(Date.now() - 3_600_000));
      assert.ok((await store.read(KEY)).ageMs < 60_000);
      const other = await openStore(server.url, client);
      assert.ok((await other.store.read(KEY)).ageMs >= 3_600_000);
      for (const one of [{ close }, other]) await one.close();
      admin.disconnect();
      await server.stop();
    });
  });
}

describe('a client of Redis', () => {
  const unused = [];
  const closed = (client) => {
    client.on?.('error', () => {});
    unused.push(client);
    return client;
  };

  for (const [what, make] of Object.entries({
    'a cluster of ioredis': () => closed(new Cluster([{ host: '127.0.0.1', port: 1 }], { lazyConnect: true })),
    'a cluster of redis': () => createCluster({ rootNodes: [{ url: 'redis://127.0.0.1:1' }] }),
    'one with a prefix for keys': () => closed(new Redis({ lazyConnect: true, keyPrefix: 'app:' })),
    'a URL': () => 'redis://u:s3cret@h',
    'nothing': () => undefined,
    'another object': () => ({}),
  })) {
    it(`that is ${what} is refused`, () => {
      assert.throws(
        () => new RedisStore(make()),
        (error) => error instanceof InvalidArgument && error.path === 'client' && !allShown(error).includes('s3cret'),
      );
      for (const client of unused.splice(0)) client.disconnect();
    });
  }

  it('that is not connected yet is taken', () => {
    new RedisStore(closed(new Redis({ lazyConnect: true })));
    new RedisStore(createClient());
    for (const client of unused.splice(0)) client.disconnect();
  });
});

describe('a PostgreSQL', () => {
  it('that is away is unavailable, and serves again when it is back, with what it was given', async () => {
    const server = await startPostgres();
    const { store, close } = await openStore(server.url);
    const version = await store.compareAndSet(KEY, undefined, VALUE, 60);
    await server.down();
    const error = await errorOf(store.read(KEY));
    assert.ok(error instanceof StoreError, String(error));
    assert.equal(error.problem, 'unavailable');
    await server.up();
    assert.equal((await whenItIsBack(() => store.read(KEY))).version, version);
    assert.ok(await whenItIsBack(() => store.compareAndSet(KEY, version, VALUE, 60)));
    await close();
    await server.stop();
  });

  it('says what is missing, or makes it', async () => {
    const server = await startPostgres();
    const admin = new pg.Client(server.settings);
    await admin.connect();
    await admin.query("CREATE ROLE nobody LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    const nobody = await openStore(server.url.replace('robot', 'nobody'));
    const error = await errorOf(nobody.store.read(KEY));
    assert.equal(error.problem, 'other');
    assert.match(error.message, /rpa_auth_entries is not there, and the user may not make it/);
    const robot = await openStore(server.url);
    await robot.store.compareAndSet(KEY, undefined, VALUE, 60);
    await admin.query('DROP TABLE rpa_auth_entries');
    assert.equal(await whenItIsBack(() => robot.store.read(KEY)), undefined);
    for (const one of [nobody, robot]) await one.close();
    await admin.end();
    await server.stop();
  });

  it('is asked over a connection that is set up for it, and that others of the pool are not', async () => {
    const server = await startPostgres();
    const pool = new pg.Pool(server.settings);
    // A program may read numbers and bytes in its own way.
    pg.types.setTypeParser(20, BigInt);
    pg.types.setTypeParser(17, () => 'bytes');
    const store = new PostgresStore(pool);
    await store.compareAndSet(KEY, undefined, VALUE, undefined);
    const { value, ageMs } = await store.read(KEY);
    assert.deepEqual([value, typeof ageMs], [VALUE, 'number']);
    const timeout = async () => (await pool.query('SHOW statement_timeout')).rows[0].statement_timeout;
    assert.equal(await timeout(), '0');
    assert.equal(pool.totalCount, 2);
    await store.close();
    assert.equal(pool.idleCount, 2);
    for (let times = 0; times < 3; times += 1) assert.equal(await timeout(), '0');
    await pool.end();
    await server.stop();
  });

  it('keeps no program from its end', async () => {
    const server = await startPostgres();
    const { run } = await import('./support/programs.js');
    const { writeFileSync } = await import('node:fs');
    const { newFolder } = await import('./support/servers.js');
    const script = `${newFolder()}/ends.mjs`;
    const root = new URL('..', import.meta.url).pathname;
    writeFileSync(script, `
      import pg from '${root}node_modules/pg/lib/index.js';
      import { PostgresStore } from '${root}dist/index.js';
      const store = new PostgresStore(new pg.Pool({ connectionString: '${server.url}', idleTimeoutMillis: 0, allowExitOnIdle: true }));
      console.log(await store.read('${KEY}'));
    `);
    assert.equal((await run(script)).trim(), 'undefined');
    await server.stop();
  });

  for (const given of [undefined, 'postgres://u:s3cret@h', {}, new pg.Client()]) {
    it('is reached by a pool alone', () => {
      assert.throws(
        () => new PostgresStore(given),
        (error) => error instanceof InvalidArgument && error.path === 'pool' && !allShown(error).includes('s3cret'),
      );
    });
  }
});
