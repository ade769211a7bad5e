//! Where the core modules lie: beside this file, in Node and what is like it.

import { readFile } from 'node:fs/promises';
import { uptime } from 'node:os';

/** Reads and compiles one. */
export async function compile(name: 'flows' | 'session'): Promise<WebAssembly.Module> {
  const url = name === 'flows' ? new URL('../flows.wasm', import.meta.url) : new URL('../session.wasm', import.meta.url);
  return WebAssembly.compile(await readFile(url));
}

/** Milliseconds by a clock that nobody can set and that goes on in suspend. */
export function uptimeMs(): number {
  return uptime() * 1000;
}
