//! Entries in this process's memory, by its monotonic clock. Nothing outlives the process, and no
//! other one sees it.

import type { StoreEntry } from '../generated/types.js';
import { checkKey, randomVersion, type TokenStore } from '../session/store.js';
import { Waiters } from './waiters.js';

interface Kept {
  value: Uint8Array;
  version: string;
  written: number;
  until: number;
}

/** A store for the sessions of one process. */
export class MemoryStore implements TokenStore {
  readonly #entries = new Map<string, Kept>();
  readonly #waiters = new Waiters();

  async read(key: string, unlessVersion: string | undefined, waitMs: number): Promise<StoreEntry | undefined> {
    checkKey(key);
    const end = performance.now() + waitMs;
    const listener = this.#waiters.listen(key);
    try {
      for (;;) {
        const kept = this.#there(key);
        const now = performance.now();
        if (!kept || kept.version !== unlessVersion || now >= end) return kept && entryOf(kept, now);
        await listener.change(Math.min(end, kept.until) - now);
      }
    } finally {
      listener.end();
    }
  }

  async compareAndSet(
    key: string,
    expected: string | undefined,
    value: Uint8Array,
    keepSeconds: number | undefined,
  ): Promise<string | undefined> {
    checkKey(key);
    for (const each of this.#entries.keys()) this.#there(each);
    if (this.#entries.get(key)?.version !== expected) return undefined;
    const version = randomVersion();
    const written = performance.now();
    const until = keepSeconds === undefined ? Number.POSITIVE_INFINITY : written + keepSeconds * 1000;
    this.#entries.set(key, { value: value.slice(), version, written, until });
    this.#waiters.announce(key);
    return version;
  }

  /** What is kept and has not run out. */
  #there(key: string): Kept | undefined {
    const kept = this.#entries.get(key);
    if (kept && kept.until <= performance.now()) {
      this.#entries.delete(key);
      return undefined;
    }
    return kept;
  }
}

function entryOf({ value, version, written }: Kept, now: number): StoreEntry {
  return { value: value.slice(), version, ageMs: Math.floor(now - written) };
}
