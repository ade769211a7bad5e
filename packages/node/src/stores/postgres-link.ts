//! One connection of a pool, taken out of it for a store.

import { POSTGRES_SESSION, POSTGRES_TABLE } from '../generated/scripts.js';
import { StoreError } from '../session/errors.js';
import { endsConnection, ofPostgres, ofTable } from './postgres-failure.js';

/** A `Pool` of `pg`; all that is used of it. */
export interface PostgresPool {
  connect(): Promise<PostgresClient>;
  readonly totalCount: number;
}

/** A client of a pool. */
export interface PostgresClient {
  query(config: QueryConfig): Promise<unknown>;
  // Each event has its own.
  on(event: string, listener: (...given: any[]) => void): unknown;
  // As above.
  removeListener(event: string, listener: (...given: any[]) => void): unknown;
  release(destroy?: boolean | Error): void;
  ref?(): void;
  unref?(): void;
}

/** A statement. */
export interface QueryConfig {
  text: string;
  // What a statement takes.
  values?: any[];
  // A mode among others.
  rowMode?: any;
  // Parsers of types.
  types?: any;
}

interface Events {
  changed(key: string): void;
  ended(): void;
}

/** Connecting and setting up together. */
const CONNECT_LIMIT_MS = 5_000;

/** One statement and its answer. */
const ANSWER_LIMIT_MS = 5_000;

/** Every value as the server writes it: a program may have parsers of its own. */
const AS_TEXT = { getTypeParser: () => (text: string) => text };

const KEY = /^[0-9a-f]{64}$/;

export class Link {
  readonly #client: PostgresClient;
  readonly #events: Events;
  #asking = 0;
  #isOpen = true;
  readonly #onNotification = ({ payload }: { payload?: string }) => {
    // What is no key was not written by us.
    if (payload && KEY.test(payload)) this.#events.changed(payload);
  };
  readonly #onEnd = () => this.#end(true);

  private constructor(client: PostgresClient, events: Events) {
    this.#client = client;
    this.#events = events;
    client.on('notification', this.#onNotification);
    client.on('error', this.#onEnd);
    client.on('end', this.#onEnd);
  }

  static async open(pool: PostgresPool, events: Events): Promise<Link> {
    const connecting = pool.connect();
    let client: PostgresClient;
    try {
      client = await inTime(connecting, CONNECT_LIMIT_MS);
    } catch (error) {
      // One that comes after all goes back.
      connecting.then((late) => late.release(), () => {});
      throw ofPostgres(error, false);
    }
    const link = new Link(client, events);
    try {
      await link.#setUp();
      return link;
    } catch (error) {
      link.#end(true);
      throw error;
    }
  }

  /** Runs one statement. The connection is given up after a failure that makes it of no use. */
  async ask(text: string, values: unknown[]): Promise<(string | null)[][]> {
    this.#asking += 1;
    this.#client.ref?.();
    try {
      const asked = this.#client.query({ text, values, rowMode: 'array', types: AS_TEXT });
      return ((await inTime(asked, ANSWER_LIMIT_MS)) as { rows: (string | null)[][] }).rows;
    } catch (error) {
      if (endsConnection(error)) this.#end(true);
      throw ofPostgres(error, true);
    } finally {
      this.#asking -= 1;
      // A connection that only listens keeps no program from its end.
      if (this.#asking === 0) this.#client.unref?.();
    }
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    await inTime(this.#client.query({ text: 'UNLISTEN *; RESET ALL' }), ANSWER_LIMIT_MS).catch(() => {});
    this.#client.ref?.();
    this.#end(false);
  }

  async #setUp(): Promise<void> {
    const run = async (text: string) => inTime(this.#client.query({ text }), CONNECT_LIMIT_MS);
    try {
      await run(`${POSTGRES_SESSION}\nSET bytea_output = 'hex';`);
    } catch (error) {
      throw ofPostgres(error, false);
    }
    if (await this.#hasTable()) return;
    try {
      await run(POSTGRES_TABLE);
    } catch (error) {
      // Somebody else was faster: of two at once the server refuses one.
      if (!(await this.#hasTable())) throw ofTable(error);
    }
  }

  async #hasTable(): Promise<boolean> {
    const [row] = await this.ask("SELECT to_regclass('rpa_auth_entries') IS NOT NULL", []);
    return row?.[0] === 't';
  }

  #end(destroy: boolean): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#client.removeListener('notification', this.#onNotification);
    this.#client.removeListener('end', this.#onEnd);
    // What a connection that was given up says at its end is nobody's error.
    if (!destroy) this.#client.removeListener('error', this.#onEnd);
    this.#events.ended();
    this.#client.release(destroy);
  }
}

async function inTime<T>(asked: Promise<T>, ms: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StoreError('unavailable', 'no connection to PostgreSQL: no answer in time')), ms);
  });
  asked.catch(() => {});
  try {
    return await Promise.race([late, asked]);
  } finally {
    clearTimeout(timer);
  }
}
