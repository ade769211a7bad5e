//! What a store is: see the contract's `token-store`.

import type { StoreEntry } from '../generated/types.js';
import { InvalidArgument } from '../errors.js';
import { StoreError } from './errors.js';

/**
 * A small versioned store that several programs share. A read sees the last write, so a replica
 * that lags behind cannot serve. Keys are 64 lower-case hexadecimal digits, values at most 64 KiB.
 *
 * Whatever it throws costs the call a `StoreError`; a `StoreError` that it throws is passed on.
 */
export interface TokenStore {
  /**
   * Gives the entry, or nothing. With `unlessVersion` the store may hold the answer back for up to
   * `waitMs` milliseconds while the entry has that version.
   */
  read(key: string, unlessVersion: string | undefined, waitMs: number): Promise<StoreEntry | undefined>;

  /**
   * Writes if the entry still has the version `expected`, or is absent where `expected` is
   * undefined, in one step. The store may drop the entry after `keepSeconds`; undefined keeps it.
   * Returns the new version, or undefined if somebody else wrote first. A version is never the
   * same twice for a key: `randomVersion` makes such.
   */
  compareAndSet(
    key: string,
    expected: string | undefined,
    value: Uint8Array,
    keepSeconds: number | undefined,
  ): Promise<string | undefined>;
}

const KEY = /^[0-9a-f]{64}$/;

/** Whether something is a key. */
export function isKey(given: unknown): given is string {
  return typeof given === 'string' && KEY.test(given);
}

/** Refuses what is no key: it may lead a store elsewhere. */
export function checkKey(given: unknown): void {
  if (!isKey(given)) throw new InvalidArgument('key', 'must be 64 lower-case hexadecimal digits');
}

/** The longest value that a store takes, in bytes. */
const LONGEST_VALUE = 64 * 1024;

/** The longest version that is passed on, in characters. */
const LONGEST_VERSION = 1024;

/** The longest reason of a store that is passed on, in characters. */
const LONGEST_REASON = 512;

/** How long a store has to answer, beside what it may hold back: longer than any of ours takes. */
const LIMIT_MS = 15_000;

/** How soon a store is asked again whose answer came before its time. */
const PAUSE_MS = 100;

/** A store as a session asks it: within a limit of time, and with an answer of the right form. */
export class Guarded {
  readonly #store: TokenStore;

  constructor(store: TokenStore) {
    this.#store = store;
  }

  /**
   * Reads the entry, until `givenUp`: then it gives nothing. A store that did not hold its answer back
   * is paused before the same version is told.
   */
  async read(
    key: string,
    unlessVersion: string | undefined,
    waitMs: number,
    givenUp: Promise<void>,
  ): Promise<StoreEntry | undefined> {
    const began = performance.now();
    const ask = () => Promise.race([this.#store.read(key, unlessVersion, waitMs), givenUp]);
    const found = entryOf(await within(LIMIT_MS + waitMs, ask));
    if (unlessVersion !== undefined && found?.version === unlessVersion) {
      const left = waitMs - (performance.now() - began);
      if (left > 0) await new Promise((resolve) => setTimeout(resolve, Math.min(left, PAUSE_MS)));
    }
    return found;
  }

  async write(
    key: string,
    expected: string | undefined,
    value: Uint8Array,
    keepSeconds: number | undefined,
  ): Promise<string | undefined> {
    const version: unknown = await within(LIMIT_MS, () => this.#store.compareAndSet(key, expected, value, keepSeconds));
    if (version !== undefined && !isVersion(version)) throw odd('compareAndSet gave something else than a version');
    return version;
  }
}

/** What is wrong with a store, as its own error or that of ours. */
export function storeErrorOf(error: unknown): StoreError {
  try {
    if (error instanceof StoreError) return new StoreError(error.problem, error.reason?.slice(0, LONGEST_REASON));
  } catch {
    // What throws when it is looked at says nothing.
  }
  // The message of an error that is not ours may hold an address with a password.
  return new StoreError('unavailable', 'it threw an error that says nothing in the words of StoreError');
}

async function within<T>(ms: number, ask: () => Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const silent = () => reject(new StoreError('unavailable', `it gave no answer within ${LIMIT_MS / 1000} s`));
    timer = setTimeout(silent, Math.min(ms, 2 ** 31 - 1));
  });
  try {
    return await Promise.race([late, ask()]);
  } finally {
    clearTimeout(timer);
  }
}

function entryOf(given: unknown): StoreEntry | undefined {
  if (given === undefined || given === null) return undefined;
  const { value, version, ageMs } = given as StoreEntry;
  if (!(value instanceof Uint8Array) || !isVersion(version)) throw odd('read gave something else than an entry');
  if (typeof ageMs !== 'number' || !(ageMs >= 0)) throw odd('read gave an age that is no number of milliseconds');
  if (value.length > LONGEST_VALUE) throw odd('read gave a value of more than 64 KiB');
  return { value, version, ageMs: Math.min(Math.floor(ageMs), Number.MAX_SAFE_INTEGER) };
}

function isVersion(given: unknown): given is string {
  return typeof given === 'string' && given.length <= LONGEST_VERSION && !/\p{Surrogate}/u.test(given);
}

function odd(what: string): StoreError {
  return new StoreError('other', what);
}

/** A version that no store has given before: 128 random bits, as 32 hexadecimal digits. */
export function randomVersion(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
