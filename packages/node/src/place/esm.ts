//! Node, and what is like it, with ES modules.

import { readFile } from 'node:fs/promises';
import { uptime } from 'node:os';

import type { Place } from '../place.js';

export const PLACE: Place = {
  async compile(name) {
    const url = name === 'flows' ? new URL('../flows.wasm', import.meta.url) : new URL('../session.wasm', import.meta.url);
    return WebAssembly.compile(await readFile(url));
  },

  uptimeMs: () => uptime() * 1000,
};
