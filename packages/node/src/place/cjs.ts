//! Node with CommonJS.

import { readFile } from 'node:fs/promises';
import { uptime } from 'node:os';
import { join } from 'node:path';

import type { Place } from '../place.js';

export const PLACE: Place = {
  read: (name) => readFile(join(__dirname, `${name}.wasm`)),

  uptimeMs: () => uptime() * 1000,
};
