//! One token for everybody who uses the same account.

import type { Account as GlueAccount, Options, Outcome, Running, Session as GlueSession } from '../generated/glue/interfaces/rpa-auth-session-steps.js';
import { Checker, Fields, textOf } from '../arguments.js';
import { AuthError, type AuthErrorValue, authError, InvalidArgument, OtherError } from '../errors.js';
import { TYPES } from '../generated/table.js';
import type { Account, SessionStatus, SharingOptions, TokenOrigin } from '../generated/types.js';
import type { FetchLike } from '../http/fetch.js';
import { signalOf, Transport } from '../http/transport.js';
import { Token } from '../token.js';
import { Api } from './api.js';
import { StillGood, TooManyCalls } from './errors.js';
import type { ApiInit } from './init.js';
import { Limit } from './limit.js';
import { Call, Home } from './run.js';
import { Guarded, type TokenStore } from './store.js';

/** How a session is opened. */
export interface SessionOptions extends SharingOptions {
  /** Where the token is shared. */
  store: TokenStore;
  /** What sends the requests, as for a single call. */
  fetch?: FetchLike;
  /** An undici dispatcher, as for a single call. */
  dispatcher?: object;
  /**
   * Where `session.fetch` finds the platform's API, `https://host[:port][/prefix]`: for an external
   * application, whose account does not say it. Default the account's own address.
   */
  apiUrl?: string;
  /** How many calls for a token may be under way at one time, from 1 to 500. Default 500. */
  callsLimit?: number;
}

/** How one call of a session is made. */
export interface SessionCallOptions {
  /**
   * Ends the wait with the signal's reason. What the call has begun goes on, because others wait
   * for it: a login that has left is heard to its end.
   */
  signal?: AbortSignal;
}

/** A token, and how it came to hand. */
export interface Grant {
  /** The token. Its lifetime is what is left now. */
  token: Token;
  /** How it came to hand. */
  origin: TokenOrigin;
  /** Spent waiting for somebody else's renewal, in milliseconds. */
  waitedMs: number;
  /** Whether this caller replaced a holder that fell silent. */
  tookOver: boolean;
}

const OWN_OPTIONS = ['store', 'fetch', 'dispatcher', 'apiUrl', 'callsLimit'];

/** The most calls for a token at one time, and how many where nothing is said. */
const MOST_CALLS = 500;

/** How long a call may take where nothing is said: the contract's default. */
const PATIENCE_MS = 30_000;

/**
 * One account's token, shared with everybody who has the same store and keys. Any number of calls
 * go on at one time.
 *
 * A program that was forked or restored from a snapshot opens its sessions anew: two that go on
 * with the same random bytes can take each other's attempt for their own.
 */
export class Session {
  readonly #account: GlueAccount;
  readonly #options: Options;
  readonly #transport: Transport;
  readonly #store: Guarded;
  readonly #limit: Limit;
  readonly #api: Api;
  /** None after a trap. */
  #home: Promise<Home> | undefined;
  #isClosed = false;
  /** How many calls are under way, those included that nobody waits for. */
  #underWay = 0;

  private constructor(opened: Opened, home: Home) {
    this.#account = opened.account;
    this.#options = opened.options;
    this.#transport = opened.transport;
    this.#store = new Guarded(opened.store);
    this.#limit = new Limit(opened.callsLimit, opened.options.patienceMs ?? PATIENCE_MS);
    this.#api = new Api(opened.account, opened.apiUrl, opened.transport);
    this.#home = Promise.resolve(home);
  }

  /** Checks the arguments; calls nobody. */
  static async open(account: Account, options: SessionOptions): Promise<Session> {
    const opened = checked(account, options);
    const home = await Home.open(opened.account, opened.options);
    try {
      return new Session(opened, home);
    } catch (error) {
      home.close();
      throw error;
    }
  }

  /**
   * The current token: from the store, or by one login or refresh that every waiting caller
   * shares.
   */
  async token(options?: SessionCallOptions): Promise<Grant> {
    return this.#token(this.#signalOfNew(options));
  }

  /**
   * The API refused `rejected`. Gives the current token if that is another one already; else asks
   * the platform whether it is still good, and where it isn't renews it, once for everybody. An
   * Orchestrator is not asked. Where the token is good, `StillGood` is thrown.
   */
  async renew(rejected: string | Token, options?: SessionCallOptions): Promise<Grant> {
    const signal = this.#signalOfNew(options);
    const text = new Checker().lower('string', textOf(rejected, 'rejected'), 'rejected') as string;
    return this.#renew(text, signal);
  }

  /** Reads the store and changes nothing. */
  async status(options?: SessionCallOptions): Promise<SessionStatus> {
    const outcome = await this.#call(this.#signalOfNew(options), (session) => session.status());
    if (outcome.tag !== 'status') throw new OtherError('the component answers another call');
    const { ageMs, attempt, cause, ...rest } = outcome.val;
    return {
      ...rest,
      ageMs: Number(ageMs),
      attempt: Number(attempt),
      cause: cause && authError(cause as AuthErrorValue),
    };
  }

  /**
   * Leaves a mark so that nobody uses the token again, and logs it out where the platform can. Can
   * be repeated until it succeeds. Not for the end of one job: it stops all of them.
   */
  async endForAll(options?: SessionCallOptions): Promise<void> {
    await this.#call(this.#signalOfNew(options), (session) => session.endForAll());
  }

  /** Takes the mark away. */
  async reopen(options?: SessionCallOptions): Promise<void> {
    await this.#call(this.#signalOfNew(options), (session) => session.reopen());
  }

  /** Forgets the refused logins and ends a contest, after a person has set the account right. */
  async resetRefusals(options?: SessionCallOptions): Promise<void> {
    await this.#call(this.#signalOfNew(options), (session) => session.resetRefusals());
  }

  /**
   * Calls the platform's API as `fetch` does, with the token put on. Where the API answers 401 the
   * token is renewed, once for everybody, and the request is sent once more if its body can be:
   * a stream cannot, and is answered with the 401.
   *
   * `path` begins with `/` and stands behind the account's address. One that logs in or out is
   * refused, and one that leaves the address. No redirect is followed: it would carry the token
   * elsewhere.
   */
  async fetch(path: string, init?: ApiInit): Promise<Response> {
    this.#refuseClosed();
    const request = this.#api.request(path, init);
    this.#underWay += 1;
    try {
      const { token } = await this.#token(request.signal);
      const answer = await request.send(token);
      if (answer.status !== 401) return answer;
      const renewed = await this.#renewedOr(token, request.signal);
      if (renewed === undefined || !request.isRepeatable) return answer;
      await answer.body?.cancel().catch(() => {});
      return await request.send(renewed);
    } finally {
      this.#left();
    }
  }

  /**
   * Makes the next call an error. Calls under way go on; at the end of the last one what the
   * component knows is wiped. What JavaScript itself holds of the account is the program's.
   */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#underWay === 0) this.#wipe();
  }

  #wipe(): void {
    void this.#home?.then((home) => home.close(), () => {});
  }

  /** A call has ended. */
  #left(): void {
    this.#underWay -= 1;
    if (this.#isClosed && this.#underWay === 0) this.#wipe();
  }

  #refuseClosed(): void {
    if (this.#isClosed) throw new InvalidArgument('session', 'was closed');
  }

  /** The signal of a call that a program begins. */
  #signalOfNew(options: unknown): AbortSignal | undefined {
    this.#refuseClosed();
    return signalIn(options);
  }

  async #token(signal: AbortSignal | undefined): Promise<Grant> {
    return granted(await this.#call(signal, (session) => session.token(), this.#limit));
  }

  async #renew(rejected: string, signal: AbortSignal | undefined): Promise<Grant> {
    return granted(await this.#call(signal, (session) => session.renew(rejected), this.#limit));
  }

  async #renewedOr(token: Token, signal: AbortSignal | undefined): Promise<Token | undefined> {
    try {
      return (await this.#renew(token.value, signal)).token;
    } catch (error) {
      if (error instanceof StillGood) return undefined;
      throw error;
    }
  }

  async #call(
    signal: AbortSignal | undefined,
    begin: (session: GlueSession) => Running,
    limit?: Limit,
  ): Promise<Outcome> {
    // Counted before anything is awaited: a `close` that comes now lets it go on.
    this.#underWay += 1;
    let leave: (() => void) | undefined;
    const atEnd = () => {
      leave?.();
      this.#left();
    };
    let call: Call;
    let outcome: Promise<Outcome | undefined>;
    try {
      signal?.throwIfAborted();
      leave = await limit?.take(signal);
      if (limit && !leave) throw new TooManyCalls(limit.most);
      call = new Call(await this.#opened(), this.#transport, this.#store);
      outcome = call.run(begin);
    } catch (error) {
      atEnd();
      throw error;
    }
    void outcome.then(atEnd, atEnd);
    return signal ? whileWanted(outcome, call, signal) : whole(await outcome);
  }

  /** Where it is open: opened anew where a trap has ended its instance. */
  async #opened(): Promise<Home> {
    const current = this.#home;
    try {
      const home = await current;
      if (home?.isThere) return home;
    } catch (error) {
      if (this.#home === current) this.#home = undefined;
      throw error;
    }
    // Others may have begun to open it meanwhile.
    if (this.#home === current) this.#home = Home.open(this.#account, this.#options);
    return this.#opened();
  }
}

/** What a session is opened with, checked. */
interface Opened {
  account: GlueAccount;
  options: Options;
  transport: Transport;
  store: TokenStore;
  callsLimit: number;
  apiUrl: string | undefined;
}

function checked(account: unknown, given: unknown): Opened {
  const checker = new Checker();
  const lowered = checker.lower({ ref: 'account' }, account, 'account') as GlueAccount;
  const fields = new Fields(given, 'options');
  const contract = TYPES['options']?.record ?? [];
  fields.refuseOthers([...contract.map(([name]) => name), ...OWN_OPTIONS]);
  const sharing = Object.fromEntries(contract.map(([name]) => [name, fields.read(name)]));
  const options = checker.lower({ ref: 'options' }, sharing, 'options') as Options;
  options.formerPlaceKeys ??= [];
  const transport = Transport.ofFields(fields, 'options');
  const apiUrl = checker.lower({ option: 'string' }, fields.read('apiUrl'), 'options.apiUrl') as string | undefined;
  const callsLimit = checker.lower({ option: 'u32' }, fields.read('callsLimit'), 'options.callsLimit') as number | undefined;
  if (callsLimit !== undefined && (callsLimit < 1 || callsLimit > MOST_CALLS)) {
    throw new InvalidArgument('options.callsLimit', `must be from 1 to ${MOST_CALLS}`);
  }
  return {
    account: lowered,
    options,
    transport,
    store: storeOf(fields.read('store')),
    callsLimit: callsLimit ?? MOST_CALLS,
    apiUrl,
  };
}

function storeOf(given: unknown): TokenStore {
  const fields = new Fields(given, 'options.store');
  for (const name of ['read', 'compareAndSet']) {
    if (typeof fields.read(name) !== 'function') throw new InvalidArgument(`options.store.${name}`, 'must be a function');
  }
  return given as TokenStore;
}

function signalIn(options: unknown): AbortSignal | undefined {
  if (options === undefined) return undefined;
  const fields = new Fields(options, 'options');
  fields.refuseOthers(['signal']);
  return signalOf(fields.read('signal'), 'options.signal');
}

/** Waits for a call until the signal is aborted. */
async function whileWanted(outcome: Promise<Outcome | undefined>, call: Call, signal: AbortSignal): Promise<Outcome> {
  let onAbort!: () => void;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => {
      call.abandon();
      reject(signal.reason);
    };
  });
  outcome.catch(() => {});
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  try {
    return whole(await Promise.race([aborted, outcome]));
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Only a call that nobody waits for ends without an outcome. */
function whole(outcome: Outcome | undefined): Outcome {
  if (outcome === undefined) throw new AuthError('other', 'the call was given up', { mayHaveActed: false });
  return outcome;
}

function granted(outcome: Outcome): Grant {
  if (outcome.tag !== 'grant') throw new OtherError('the component answers another call');
  const { token, origin, waitedMs, tookOver } = outcome.val;
  return {
    token: new Token({ ...token, expiresAtSeconds: Number(token.expiresAtSeconds) }),
    origin,
    waitedMs,
    tookOver,
  };
}
