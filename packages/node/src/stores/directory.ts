//! Entries as files in a directory, for the processes of one machine: what docs/stores.md says, so that
//! programs in every language share one.
//!
//! A write takes a lock that the kernel gives back when its holder dies, compares, writes a file of its
//! own beside the entry, syncs it and renames it over the entry. A reader, which takes no lock, finds the
//! old entry or the new one.

import { readdir, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import { Checker, Fields } from '../arguments.js';
import { InvalidArgument } from '../errors.js';
import type { StoreEntry } from '../generated/types.js';
import { StoreError } from '../session/errors.js';
import { checkKey, randomVersion, type TokenStore } from '../session/store.js';
import { Moment } from './directory/clock.js';
import { checkAbove, Dir, make } from './directory/dir.js';
import { checkCommand, lockOf, take } from './directory/lock.js';
import { entryOf, LONGEST_RECORD, parse, type Record, toBytes } from './directory/record.js';
import type { Owner } from './directory/rules.js';
import { failed, refused } from './directory/trouble.js';

/** What can be decided about a directory. */
export interface DirectoryStoreOptions {
  /** The number of the group that shares the directory. Without one it belongs to one user. */
  group?: number;
}

/** How long one piece of file work may take. */
const LIMIT_MS = 5_000;

/** How long a writer waits for others. */
const LOCK_WAIT_MS = 5_000;

/** How often an entry is looked at that somebody waits for. */
const LOOK_EVERY_MS = 50;

/** How often expired entries and the files of killed writers are looked for. */
const SWEEP_EVERY_MS = 60 * 60 * 1000;

const FILE = /^([0-9a-f]{64})\.(entry|new)$/;

/**
 * A store in a directory of this machine, shared with programs in any language. Linux only: the lock is
 * the kernel's, taken by the command `flock` (util-linux or BusyBox).
 *
 * The directory is made with mode 0700 where it is not there; the project's SECURITY.md says which are
 * taken.
 */
export class DirectoryStore implements TokenStore {
  readonly #path: string;
  readonly #group: number | undefined;
  /** Whose the directory was when it was last there. */
  #owner: Owner | undefined;
  /** The last writer of each lock in this process, and when its part was last swept. */
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #sweptAt = new Map<string, number>();
  readonly #looks = new Map<string, { began: number; found: Promise<StoreEntry | undefined> }>();

  private constructor(path: string, group: number | undefined) {
    this.#path = path;
    this.#group = group;
  }

  /** Makes the directory where it is not there, and checks it. */
  static async open(path: string, options: DirectoryStoreOptions = {}): Promise<DirectoryStore> {
    const checker = new Checker();
    const given = checker.lower('string', path, 'path') as string;
    if (given === '' || given.includes('\0')) throw new InvalidArgument('path', 'is none');
    const fields = new Fields(options, 'options');
    fields.refuseOthers(['group']);
    const group = checker.lower({ option: 'u32' }, fields.read('group'), 'options.group') as number | undefined;
    await checkSystem();
    const store = new DirectoryStore(resolve(given), group);
    try {
      const dir = await store.#made();
      await dir.close();
      await checkAbove(store.#path);
    } catch (error) {
      throw failed(store.#path, error);
    }
    return store;
  }

  async read(key: string, unlessVersion: string | undefined, waitMs: number): Promise<StoreEntry | undefined> {
    checkKey(key);
    const end = performance.now() + waitMs;
    let began = performance.now();
    let entry = await this.#look(key);
    while (entry && entry.version === unlessVersion) {
      const left = end - performance.now();
      if (left <= 0) break;
      await new Promise((resolve) => setTimeout(resolve, Math.min(left, LOOK_EVERY_MS)));
      const look = this.#sharedLook(key, began);
      began = look.began;
      entry = await look.found;
    }
    return entry;
  }

  async compareAndSet(
    key: string,
    expected: string | undefined,
    value: Uint8Array,
    keepSeconds: number | undefined,
  ): Promise<string | undefined> {
    checkKey(key);
    // Whoever has lost already need not wait for a lock to learn it.
    if ((await this.#look(key))?.version !== expected) return undefined;
    const keepMs = keepSeconds === undefined ? undefined : keepSeconds * 1000;
    return this.#inTurn(lockOf(key), (dir) => this.#write(dir, key, expected, value.slice(), keepMs));
  }

  async #write(
    dir: Dir,
    key: string,
    expected: string | undefined,
    value: Uint8Array,
    keepMs: number | undefined,
  ): Promise<string | undefined> {
    await this.#sweep(dir, lockOf(key));
    const written = await Moment.now();
    const held = await record(dir, key);
    if ((held && entryOf(held, written))?.version !== expected) return undefined;
    const version = randomVersion();
    await dir.replace(`${key}.entry`, `${key}.new`, toBytes({ version, written, keepMs, value }));
    return version;
  }

  /** Does something with a lock, one after the other in this process. */
  async #inTurn<T>(lock: string, work: (dir: Dir) => Promise<T>): Promise<T> {
    const before = this.#turns.get(lock);
    const mine = (async () => {
      await before?.catch(() => {});
      const dir = await this.#made();
      try {
        const file = await take(dir, lock, LOCK_WAIT_MS);
        try {
          // Nor does a lock keep anybody out in a directory that is not there any more.
          const now = await this.#made();
          const isThere = await now.isAt(file, lock).finally(() => now.close());
          if (!isThere) throw new StoreError('unavailable', `the store's directory ${this.#path} was replaced`);
          return await work(dir);
        } finally {
          await file.close();
        }
      } finally {
        await dir.close();
      }
    })();
    this.#turns.set(lock, mine);
    return inTime(mine, this.#path, LOCK_WAIT_MS + LIMIT_MS);
  }

  async #look(key: string): Promise<StoreEntry | undefined> {
    return inTime(this.#lookNow(key), this.#path, LIMIT_MS);
  }

  /** All readers of this store that wait for an entry share a look at it, one that began after their last. */
  #sharedLook(key: string, after: number): { began: number; found: Promise<StoreEntry | undefined> } {
    const begun = this.#looks.get(key);
    if (begun && begun.began > after) return begun;
    const look = { began: performance.now(), found: this.#look(key) };
    this.#looks.set(key, look);
    const end = () => {
      if (this.#looks.get(key) === look) this.#looks.delete(key);
    };
    look.found.then(end, end);
    return look;
  }

  async #lookNow(key: string): Promise<StoreEntry | undefined> {
    const now = await Moment.now();
    const dir = await Dir.open(this.#path, this.#group);
    if (!dir) return undefined;
    this.#owner = dir.owner;
    try {
      const held = await record(dir, key);
      return held && entryOf(held, now);
    } finally {
      await dir.close();
    }
  }

  /** The directory, made again if somebody deleted it. */
  async #made(): Promise<Dir> {
    let dir = await Dir.open(this.#path, this.#group);
    if (!dir) {
      await make(this.#path, this.#group, this.#owner).catch((error: unknown) => {
        throw failed(this.#path, error);
      });
      dir = await Dir.open(this.#path, this.#group);
    }
    if (!dir) throw failed(this.#path, undefined);
    this.#owner = dir.owner;
    return dir;
  }

  /** Removes what killed writers left and what has been kept long enough, as far as a lock goes. */
  async #sweep(dir: Dir, lock: string): Promise<void> {
    const sweptAt = this.#sweptAt.get(lock);
    if (sweptAt !== undefined && performance.now() - sweptAt < SWEEP_EVERY_MS) return;
    this.#sweptAt.set(lock, performance.now());
    const now = await Moment.now();
    // What cannot be removed now is tried again later.
    for (const name of await readdir(this.#path).catch(() => [])) {
      const [, key, kind] = FILE.exec(name) ?? [];
      if (key === undefined || lockOf(key) !== lock) continue;
      const held = kind === 'entry' ? await record(dir, key).catch(() => undefined) : undefined;
      if (kind === 'new' || (held && !entryOf(held, now))) await dir.remove(name).catch(() => {});
    }
  }
}

async function record(dir: Dir, key: string): Promise<Record | undefined> {
  const name = `${key}.entry`;
  const bytes = await dir.read(name, LONGEST_RECORD + 1);
  if (!bytes) return undefined;
  const held = parse(bytes);
  if (held) return held;
  throw refused(
    `the file ${dir.path}/${name} is damaged, or from another release: if no newer release uses this directory, delete it`,
  );
}

async function checkSystem(): Promise<void> {
  if (process.platform !== 'linux') throw refused('the store in a directory is for Linux: take a Redis or a PostgreSQL');
  // A container's own time since the start of the machine is not that of other programs.
  const mounts = await readFile('/proc/self/mounts', 'utf8').catch(() => '');
  if (/ \/proc\/uptime /.test(mounts)) {
    throw refused('this container has an uptime of its own (lxcfs), so the ages of entries are not those of other programs: take a Redis');
  }
  await checkCommand();
}

async function inTime<T>(work: Promise<T>, path: string, ms: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StoreError('unavailable', `${path} gave no answer in time`)), ms);
  });
  work.catch(() => {});
  try {
    return await Promise.race([late, work]);
  } finally {
    clearTimeout(timer);
  }
}
