//! The stores that the tests run on: each is opened as another program opens it.

import { Redis } from 'ioredis';
import pg from 'pg';
import { createClient } from 'redis';
import { DirectoryStore, MemoryStore, PostgresStore, RedisStore } from 'rpa-auth';

import { newFolder, startPostgres, startRedis } from './servers.js';
import { rmSync } from 'node:fs';

export const PLACES = {
  async memory() {
    const store = new MemoryStore();
    return { open: async () => store, stop: async () => {} };
  },

  async directory() {
    const folder = newFolder();
    return {
      url: `directory:${folder}/store`,
      path: `${folder}/store`,
      open: () => DirectoryStore.open(`${folder}/store`),
      stop: async () => rmSync(folder, { recursive: true }),
    };
  },

  async redis() {
    const server = await startRedis();
    const clients = [];
    return {
      url: server.url,
      async open() {
        const client = createClient({ url: server.url });
        client.on('error', () => {});
        await client.connect();
        clients.push(client);
        return new RedisStore(client);
      },
      async stop() {
        for (const client of clients) client.destroy();
        await server.stop();
      },
    };
  },

  async ioredis() {
    const server = await startRedis();
    const clients = [];
    return {
      url: server.url,
      async open() {
        const client = new Redis(server.url);
        clients.push(client);
        return new RedisStore(client);
      },
      async stop() {
        for (const client of clients) client.disconnect();
        await server.stop();
      },
    };
  },

  async postgres() {
    const server = await startPostgres();
    const opened = [];
    return {
      url: server.url,
      async open() {
        const pool = new pg.Pool(server.settings);
        pool.on('error', () => {});
        const store = new PostgresStore(pool);
        opened.push({ pool, store });
        return store;
      },
      async stop() {
        for (const { pool, store } of opened) {
          await store.close();
          await pool.end();
        }
        await server.stop();
      },
    };
  },
};
