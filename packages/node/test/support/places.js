//! The stores that the tests run on: each is opened as another program opens it.

import { rmSync } from 'node:fs';

import { MemoryStore } from 'rpa-auth';

import { openStore } from './open-store.js';
import { newFolder, startPostgres, startRedis } from './servers.js';

async function place(url, stop, client) {
  const opened = [];
  return {
    url,
    client,
    async open() {
      const one = await openStore(url, client);
      opened.push(one);
      return one.store;
    },
    async stop() {
      for (const { close } of opened) await close();
      await stop();
    },
  };
}

export const PLACES = {
  async memory() {
    const store = new MemoryStore();
    return { open: async () => store, stop: async () => {} };
  },

  async directory() {
    const folder = newFolder();
    return place(`directory:${folder}/store`, async () => rmSync(folder, { recursive: true }));
  },

  async redis() {
    const server = await startRedis();
    return place(server.url, server.stop, 'redis');
  },

  async ioredis() {
    const server = await startRedis();
    return place(server.url, server.stop, 'ioredis');
  },

  async postgres() {
    const server = await startPostgres();
    return place(server.url, server.stop);
  },
};

/** Those that several processes share. */
const { memory, ...shared } = PLACES;
export const SHARED = shared;
