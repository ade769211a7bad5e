//! Node, and what is like it, with ES modules.

import { readFile } from 'node:fs/promises';
import { uptime } from 'node:os';

import type { Place } from '../place.js';

export const PLACE: Place = {
  // Both addresses are written out, so that bundlers find the files.
  read: (name) =>
    readFile(name === 'flows' ? new URL('./flows.wasm', import.meta.url) : new URL('./session.wasm', import.meta.url)),

  uptimeMs: () => uptime() * 1000,
};
