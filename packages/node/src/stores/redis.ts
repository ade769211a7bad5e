//! Entries in a Redis, version 6 or later, for many machines, over the program's own client. An
//! entry is what docs/stores.md says, and the scripts are those of every other implementation.

import type { StoreEntry } from '../generated/types.js';
import { InvalidArgument } from '../errors.js';
import { REDIS_READ, REDIS_WRITE, type Script } from '../generated/scripts.js';
import { StoreError } from '../session/errors.js';
import { checkKey, randomVersion, type TokenStore } from '../session/store.js';
import { type Command, commandsOf } from './redis-clients.js';
import { ofRedis } from './redis-failure.js';
import { Sightings } from './sightings.js';

/** Where writes are announced, with the key as the message. */
const CHANNEL = 'rpa-auth:changes';

/** How often a reader that waits looks. */
const LOOK_EVERY_MS = 100;

/** How long one question may take. */
const ANSWER_LIMIT_MS = 5_000;

/**
 * A store in a Redis, over a client of `redis` (`createClient`) or `ioredis` (`new Redis`), which
 * the program connects and closes. The client must reach the primary, of one server or by
 * sentinels; a client of a Redis Cluster is refused.
 *
 * A program that waits for another one's renewal looks every 100 ms. The project's SECURITY.md says
 * what the server must be set to.
 */
export class RedisStore implements TokenStore {
  readonly #command: Command;
  readonly #sightings = new Sightings();
  /** The server's name of its run; none where it is to be asked. */
  #run: Promise<string> | undefined;

  /** Connects to nothing. */
  constructor(client: object) {
    const commands = commandsOf(client);
    if (typeof commands === 'string') throw new InvalidArgument('client', commands);
    this.#command = commands.command;
    // Another connection may lead to another server.
    commands.onConnected(() => {
      this.#run = undefined;
    });
  }

  async read(key: string, unlessVersion: string | undefined, waitMs: number): Promise<StoreEntry | undefined> {
    checkKey(key);
    const end = performance.now() + waitMs;
    for (;;) {
      const left = end - performance.now();
      // At the end the entry is wanted whatever its version.
      const found = await this.#look(key, left > 0 ? unlessVersion : undefined);
      if (found !== 'unchanged') return found;
      await new Promise((resolve) => setTimeout(resolve, Math.min(left, LOOK_EVERY_MS)));
    }
  }

  async compareAndSet(
    key: string,
    expected: string | undefined,
    value: Uint8Array,
    keepSeconds: number | undefined,
  ): Promise<string | undefined> {
    checkKey(key);
    const version = randomVersion();
    const keep = keepSeconds === undefined ? '' : String(keepSeconds * 1000);
    const written = await this.#ask(REDIS_WRITE, key, [
      asExpected(expected),
      version,
      Buffer.from(value.buffer, value.byteOffset, value.byteLength),
      keep,
      CHANNEL,
      key,
      await this.#runOfServer(),
      wallClock(),
    ]);
    // A client may have sent the write again after it lost the connection: then it is there.
    if (Number(written) !== 1 && (await this.#look(key, version)) !== 'unchanged') return undefined;
    this.#sightings.age(key, version, 0);
    return version;
  }

  async #look(key: string, unlessVersion: string | undefined): Promise<StoreEntry | undefined | 'unchanged'> {
    const given = [asExpected(unlessVersion), await this.#runOfServer(), wallClock()];
    const found = await this.#ask(REDIS_READ, key, given);
    if (found === null || found === undefined) return undefined;
    if (!Array.isArray(found)) throw unexpected();
    if (found.length === 0) return 'unchanged';
    const [version, age, value] = found as unknown[];
    if (!(value instanceof Uint8Array)) throw unexpected();
    const text = String(version);
    return { value: Uint8Array.from(value), version: text, ageMs: this.#sightings.age(key, text, Number(age)) };
  }

  async #ask(script: Script, key: string, given: (string | Uint8Array)[]): Promise<unknown> {
    const behind = ['1', `rpa-auth:${key}`, ...given];
    try {
      return await this.#answer(['EVALSHA', script.sha1, ...behind]);
    } catch (error) {
      // It did not run: the server does not have it.
      if (!isOfCode(error, 'NOSCRIPT')) throw ofRedis(error);
    }
    try {
      return await this.#answer(['EVAL', script.text, ...behind]);
    } catch (error) {
      throw ofRedis(error);
    }
  }

  #runOfServer(): Promise<string> {
    if (this.#run) return this.#run;
    const asked = this.#askForRun();
    this.#run = asked;
    asked.catch(() => {
      if (this.#run === asked) this.#run = undefined;
    });
    return asked;
  }

  /** Empty where the user may not ask. */
  async #askForRun(): Promise<string> {
    try {
      return /^run_id:(\w+)/m.exec(String(await this.#answer(['INFO', 'server'])))?.[1] ?? '';
    } catch (error) {
      if (isOfCode(error, 'NOPERM')) return '';
      throw ofRedis(error);
    }
  }

  async #answer(command: (string | Uint8Array)[]): Promise<unknown> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new StoreError('unavailable', 'no connection to Redis: no answer in time')), ANSWER_LIMIT_MS);
    });
    try {
      return await Promise.race([late, this.#command(command)]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function isOfCode(error: unknown, code: string): boolean {
  return error instanceof Error && error.message.startsWith(`${code} `);
}

/** A version as the scripts take it: no version is told from an empty one. */
function asExpected(version: string | undefined): string {
  return version === undefined ? '' : `=${version}`;
}

function wallClock(): string {
  return String(Date.now());
}

function unexpected(): StoreError {
  return new StoreError('unavailable', 'what answers is no Redis, or one that was not expected');
}
