//! Opens the store that a URL names, as a program does with its own client.

import { Redis } from 'ioredis';
import pg from 'pg';
import { createClient } from 'redis';
import { DirectoryStore, PostgresStore, RedisStore } from 'rpa-auth';

/** `client` is that of Redis: `redis` or `ioredis`. Returns the store, and what ends it. */
export async function openStore(url, client) {
  if (url.startsWith('directory:')) {
    return { store: await DirectoryStore.open(url.slice('directory:'.length)), close: async () => {} };
  }
  if (url.startsWith('postgres:')) {
    const pool = new pg.Pool({ connectionString: url });
    pool.on('error', () => {});
    const store = new PostgresStore(pool);
    return {
      store,
      async close() {
        await store.close();
        await pool.end();
      },
    };
  }
  if (client === 'ioredis') {
    const redis = new Redis(url);
    redis.on('error', () => {});
    return { store: new RedisStore(redis), close: async () => redis.disconnect() };
  }
  const redis = createClient({ url });
  redis.on('error', () => {});
  await redis.connect();
  return { store: new RedisStore(redis), close: async () => redis.destroy() };
}
