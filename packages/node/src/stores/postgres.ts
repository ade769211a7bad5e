//! Entries in a PostgreSQL, version 12 or later, for many machines, over the program's own pool. An
//! entry is what docs/stores.md says, and the statements are those of every other implementation.

import type { StoreEntry } from '../generated/types.js';
import { InvalidArgument } from '../errors.js';
import { POSTGRES_MAKE, POSTGRES_READ, POSTGRES_REPLACE, POSTGRES_SETTLE, POSTGRES_SWEEP } from '../generated/scripts.js';
import { StoreError } from '../session/errors.js';
import { checkKey, randomVersion, type TokenStore } from '../session/store.js';
import { Link, type PostgresPool } from './postgres-link.js';
import { isConnectionLost } from './postgres-failure.js';
import { Sightings } from './sightings.js';
import { Waiters } from './waiters.js';

export type { PostgresPool } from './postgres-link.js';

/** How often a reader that waits looks by itself, though changes are announced. */
const LOOK_EVERY_MS = 1_000;

/** How often a writer deletes entries that have run out. */
const SWEEP_EVERY_MS = 60_000;

/** The longest that an entry is kept, in milliseconds: a hundred years. */
const LONGEST_KEEP_MS = 100 * 365 * 24 * 60 * 60 * 1000;

/**
 * A store in a PostgreSQL, over a `Pool` of `pg`. It takes one connection out of the pool, sets it
 * up for itself, and keeps it until {@link PostgresStore.close}. Its table is made at the first use
 * where it is not there.
 */
export class PostgresStore implements TokenStore {
  readonly #pool: PostgresPool;
  readonly #waiters = new Waiters();
  readonly #sightings = new Sightings();
  #link: Promise<Link> | undefined;
  #sweptAt = Number.NEGATIVE_INFINITY;

  /** Connects to nothing. */
  constructor(pool: PostgresPool) {
    if (typeof pool !== 'object' || pool === null || typeof pool.connect !== 'function' || !('totalCount' in pool)) {
      throw new InvalidArgument('pool', 'must be a Pool of pg');
    }
    this.#pool = pool;
  }

  async read(key: string, unlessVersion: string | undefined, waitMs: number): Promise<StoreEntry | undefined> {
    checkKey(key);
    const end = performance.now() + waitMs;
    const listener = this.#waiters.listen(key);
    try {
      for (;;) {
        const left = end - performance.now();
        // At the end the entry is wanted whatever its version.
        const found = await this.#look(key, left > 0 ? unlessVersion : undefined);
        if (found !== 'unchanged') return found;
        await listener.change(Math.min(left, LOOK_EVERY_MS));
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
    // A text with a zero in it is no version that was given.
    if (expected?.includes('\0')) return undefined;
    const version = randomVersion();
    const keep = keepSeconds === undefined ? null : Math.min(keepSeconds * 1000, LONGEST_KEEP_MS);
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    const given = [key, version, bytes, keep, Date.now()];
    const link = await this.#connected();
    const written = await (expected === undefined
      ? link.ask(POSTGRES_MAKE, given)
      : link.ask(POSTGRES_REPLACE, [...given, expected]));
    if (written.length === 0) return undefined;
    this.#sightings.age(key, version, 0);
    this.#sweep(link);
    return version;
  }

  /** Ends the connection, and the pool has room for another. The next call takes one again. */
  async close(): Promise<void> {
    const link = this.#link;
    this.#link = undefined;
    await link?.then(
      (open) => open.close(),
      () => {},
    );
  }

  /** Asks once more where the connection turns out to be lost: a read can be repeated. */
  async #look(key: string, unlessVersion: string | undefined): Promise<StoreEntry | undefined | 'unchanged'> {
    const known = unlessVersion?.includes('\0') ? undefined : unlessVersion;
    try {
      return await this.#lookBy(await this.#connected(), key, known);
    } catch (error) {
      if (!isConnectionLost(error)) throw error;
      return this.#lookBy(await this.#connected(), key, known);
    }
  }

  async #lookBy(link: Link, key: string, unlessVersion: string | undefined): Promise<StoreEntry | undefined | 'unchanged'> {
    const wall = Date.now();
    const [row] = await link.ask(POSTGRES_READ, [key, unlessVersion ?? null, wall]);
    if (!row) throw new StoreError('unavailable', 'what answers is no PostgreSQL, or one that was not expected');
    const [run, version, age, isGuess, value] = row;
    if (version == null || age == null) return undefined;
    const ageMs = Number(age);
    if (isGuess === 't') {
      // Where it fails the next reader makes the same guess.
      await link.ask(POSTGRES_SETTLE, [key, version, ageMs, run, wall]).catch(() => {});
    }
    if (value == null) return 'unchanged';
    return { value: bytesOf(value), version, ageMs: this.#sightings.age(key, version, ageMs) };
  }

  /** Deletes what has run out, if this store did not do so lately. Nobody waits for it. */
  #sweep(link: Link): void {
    if (performance.now() - this.#sweptAt < SWEEP_EVERY_MS) return;
    this.#sweptAt = performance.now();
    // Where it fails a later write sweeps.
    link.ask(POSTGRES_SWEEP, []).catch(() => {});
  }

  #connected(): Promise<Link> {
    if (this.#link) return this.#link;
    const link = Link.open(this.#pool, {
      changed: (key) => this.#waiters.announce(key),
      ended: () => {
        if (this.#link === link) this.#link = undefined;
      },
    });
    this.#link = link;
    link.catch(() => {
      if (this.#link === link) this.#link = undefined;
    });
    return link;
  }
}

/** A `bytea` as the server writes it in hexadecimal digits. */
function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.slice(2), 'hex'));
}
