//! Sends what the component says, as it says: once, without following a redirect, within the
//! limits of time, without cookies or a cache, and reads no more than 256 KiB of the answer.

import type { Answer, Request } from '../generated/glue/interfaces/rpa-auth-http-types.js';
import { Fields } from '../arguments.js';
import { AuthError, InvalidArgument } from '../errors.js';
import { cancel, wholeBody } from './body.js';
import type { Deadline } from './deadline.js';
import { noAnswer, oddClient } from './failure.js';
import type { FetchAnswer, FetchInit, FetchLike } from './fetch.js';
import { type Dispatcher, isDispatcher, ownDispatcher, Sight } from './sight.js';

/** An answer, as the component is told it. */
export interface Told {
  told: Answer;
  /** A redirect of which a browser says no more. */
  isOpaque: boolean;
}

/** A request of the program's own. */
export interface PassedOn {
  method: string;
  headers: Headers;
  body: unknown;
  redirect: 'manual';
  credentials: 'omit';
  referrerPolicy: 'no-referrer';
  signal: AbortSignal | undefined;
}

/** The `fetch` that was there before the program put anything in its place. */
const FIRST_FETCH: unknown = globalThis.fetch;

/** Whether that one has handed a request to a dispatcher of ours: then it is undici's. */
let isFirstSeen = false;

const KNOWN = ['fetch', 'dispatcher', 'signal'];

/** The status that stands for a redirect of which nothing else is known. */
const FOUND = 302;

export class Transport {
  readonly #fetch: FetchLike | undefined;
  readonly #dispatcher: Dispatcher | undefined;

  private constructor(fetch: FetchLike | undefined, dispatcher: Dispatcher | undefined) {
    this.#fetch = fetch;
    this.#dispatcher = dispatcher;
  }

  /** Checks the options of a call. */
  static of(given: unknown, path: string): { transport: Transport; signal: AbortSignal | undefined } {
    if (given === undefined) return { transport: new Transport(undefined, undefined), signal: undefined };
    const options = new Fields(given, path);
    options.refuseOthers(KNOWN);
    return { transport: Transport.ofFields(options, path), signal: signalOf(options.read('signal'), `${path}.signal`) };
  }

  /** Reads `fetch` and `dispatcher` among other options. */
  static ofFields(options: Fields, path: string): Transport {
    const fetch = options.read('fetch');
    if (fetch !== undefined && typeof fetch !== 'function') {
      throw new InvalidArgument(`${path}.fetch`, 'must be a function like fetch');
    }
    const dispatcher = options.read('dispatcher');
    if (dispatcher !== undefined && !isDispatcher(dispatcher)) {
      throw new InvalidArgument(`${path}.dispatcher`, 'must be a dispatcher of undici: an Agent or a ProxyAgent, say');
    }
    return new Transport(fetch as FetchLike | undefined, dispatcher);
  }

  /** Sends a request and reads its answer. Throws `Unreachable`, or the reason of the signal. */
  async send(request: Request, deadline: Deadline): Promise<Told> {
    const { connectMs, firstByteMs, betweenBytesMs, totalMs } = request.limits;
    // Where nothing is seen of the connection, it is part of the wait for the answer.
    deadline.phase(connectMs + firstByteMs);
    deadline.total(totalMs);
    const sight = new Sight(
      () => deadline.phase(connectMs),
      () => deadline.phase(firstByteMs),
    );
    let answer: FetchAnswer;
    try {
      const asked = this.#ask(request, sight, deadline);
      // What comes too late is given up, and whatever is wrong with it is nobody's error.
      asked.then((late) => deadline.stopped && cancel(late.body)).catch(() => {});
      answer = await deadline.within(asked);
    } catch (error) {
      throw ownOr(error, deadline, () => noAnswer(error, sight, request.url, this.#isPlatforms));
    }
    const receivedAtSeconds = BigInt(Math.floor(Date.now() / 1000));
    try {
      return await read(answer, sight, deadline, betweenBytesMs, receivedAtSeconds);
    } catch (error) {
      throw ownOr(error, deadline, () => oddClient('fetch gave something else than an answer'));
    } finally {
      deadline.endPhase();
    }
  }

  /** Sends a request of the program's own as it is. Throws `Unreachable`, or the reason of the signal. */
  async passOn(url: string, init: PassedOn): Promise<Response> {
    const ask = (this.#fetch ?? globalThis.fetch) as unknown as (url: string, init: object) => Promise<Response>;
    try {
      return await ask(url, { ...init, ...(this.#dispatcher && { dispatcher: this.#dispatcher }) });
    } catch (error) {
      if (init.signal?.aborted) throw init.signal.reason;
      throw noAnswer(error, undefined, url, this.#isPlatforms);
    }
  }

  /** Whether the `fetch` is the platform's own. */
  get #isPlatforms(): boolean {
    return this.#fetch === undefined && globalThis.fetch === FIRST_FETCH;
  }

  async #ask(request: Request, sight: Sight, deadline: Deadline): Promise<FetchAnswer> {
    const own = this.#fetch ? undefined : (this.#dispatcher ?? ownDispatcher());
    const inner = own ?? this.#dispatcher;
    // What is seen is ended by what it is seen with.
    if (inner) deadline.onStop(() => sight.giveUp());
    const ask = this.#fetch ?? (globalThis.fetch as FetchLike);
    // A signal is most of what a call costs: it is left out where it is surely not needed.
    const isSeen = own !== undefined && isFirstSeen && ask === FIRST_FETCH;
    const answer = await ask(request.url, {
      method: request.method === 'post' ? 'POST' : 'GET',
      headers: headersOf(request),
      ...(request.method === 'post' && { body: request.body }),
      redirect: 'manual',
      credentials: 'omit',
      cache: 'no-store',
      referrer: '',
      referrerPolicy: 'no-referrer',
      ...(!isSeen && { signal: deadline.signal }),
      ...(inner && { dispatcher: sight.through(inner) }),
    } as FetchInit);
    if (ask === FIRST_FETCH && sight.isThere) isFirstSeen = true;
    return answer;
  }
}

/** The headers, but for the length: a `fetch` sets it itself, and joins a second one to it. */
function headersOf(request: Request): [string, string][] {
  const own = request.headers.filter(({ name }) => name.toLowerCase() !== 'content-length');
  return own.map(({ name, value }) => [name, value]);
}

async function read(
  answer: FetchAnswer,
  sight: Sight,
  deadline: Deadline,
  betweenBytesMs: number,
  receivedAtSeconds: bigint,
): Promise<Told> {
  const isOpaque = answer.type === 'opaqueredirect';
  const status = isOpaque ? FOUND : sight.status(answer.status);
  if (answer.redirected || !Number.isInteger(status) || status < 100 || status > 999) {
    cancel(answer.body);
    throw oddClient(answer.redirected ? 'fetch followed a redirect, which it was told not to' : 'fetch gave no status');
  }
  const header = (name: string) => text(answer.headers.get(name));
  return {
    isOpaque,
    told: {
      status,
      contentType: header('content-type'),
      retryAfter: header('retry-after'),
      date: header('date'),
      location: header('location'),
      wwwAuthenticate: header('www-authenticate'),
      body: await wholeBody(answer.body, deadline, betweenBytesMs),
      receivedAtSeconds,
    },
  };
}

/** The syntax of the headers that are read is ASCII; a mark stands for anything else. */
function text(value: string | null): string | undefined {
  return value?.replace(/[^\p{ASCII}]/gu, '\u{fffd}');
}

/** An error that this package made, or the reason of a signal; else what `otherwise` makes of it. */
function ownOr(error: unknown, deadline: Deadline, otherwise: () => AuthError): unknown {
  if (deadline.stopped) return deadline.stopped.is;
  return error instanceof AuthError ? error : otherwise();
}

export function signalOf(given: unknown, path: string): AbortSignal | undefined {
  if (given === undefined) return undefined;
  const signal = given as AbortSignal;
  if (typeof given === 'object' && typeof signal?.addEventListener === 'function' && typeof signal.aborted === 'boolean') {
    return signal;
  }
  throw new InvalidArgument(path, 'must be an AbortSignal');
}
