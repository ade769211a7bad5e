//! Where the core modules lie: beside this file, in CommonJS.

import { readFile } from 'node:fs/promises';
import { uptime } from 'node:os';
import { join } from 'node:path';

/** Reads and compiles one. */
export async function compile(name: 'flows' | 'session'): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await readFile(join(__dirname, '..', `${name}.wasm`)));
}

/** Milliseconds by a clock that nobody can set and that goes on in suspend. */
export function uptimeMs(): number {
  return uptime() * 1000;
}
