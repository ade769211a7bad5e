//! One call of a session, from its first step to its end: the store, the requests and the waiting
//! that its steps ask for.

import type {
  Account,
  Event,
  Now,
  Options,
  Outcome,
  Running,
  Session,
  Step,
} from '../generated/glue/interfaces/rpa-auth-session-steps.js';
import type { Answer, Request } from '../generated/glue/interfaces/rpa-auth-http-types.js';
import { payloadOf, sessions } from '../component.js';
import { type AuthErrorValue, type NoAnswer, Stopped, Unreachable } from '../errors.js';
import { Deadline } from '../http/deadline.js';
import type { Transport } from '../http/transport.js';
import { type SessionErrorValue, sessionError } from './errors.js';
import { type Guarded, storeErrorOf } from './store.js';

/** What a handle of a component is given back with. */
const DISPOSE: symbol = Symbol.dispose ?? Symbol.for('dispose');

function dispose(handle: object): void {
  try {
    (handle as Record<symbol, (() => void) | undefined>)[DISPOSE]?.();
  } catch {
    // That of an instance that has trapped is gone with it.
  }
}

/** Where a session is open: an instance of its own, which a trap ends. */
export class Home {
  readonly #session: Session;
  #isBroken = false;

  private constructor(session: Session) {
    this.#session = session;
  }

  static async open(account: Account, options: Options): Promise<Home> {
    const { Session } = await sessions();
    const entropy = crypto.getRandomValues(new Uint8Array(32));
    try {
      return new Home(Session.open(account, options, entropy));
    } catch (error) {
      const payload = payloadOf(error);
      throw payload ? sessionError(payload as SessionErrorValue, false) : new Stopped(false);
    } finally {
      entropy.fill(0);
    }
  }

  get isThere(): boolean {
    return !this.#isBroken;
  }

  /** Makes one call of the component. Anything that it throws is a trap. */
  enter<T>(mayHaveActed: boolean, call: (session: Session) => T): T {
    if (this.#isBroken) throw new Stopped(mayHaveActed);
    try {
      return call(this.#session);
    } catch {
      this.#isBroken = true;
      throw new Stopped(mayHaveActed);
    }
  }

  /** Wipes what the component knows. No call is under way, and none comes. */
  close(): void {
    dispose(this.#session);
  }
}

/** How a request that is under way ended. */
type Flown = { answer: Answer } | { noAnswer: NoAnswer };

/** A call under way. */
export class Call {
  readonly #home: Home;
  readonly #transport: Transport;
  readonly #store: Guarded;
  /** The request that is under way, whatever is done meanwhile. */
  #flight: Promise<Flown> | undefined;
  /** How the last request ended without an answer. */
  #obstacle: NoAnswer | undefined;
  #mayHaveActed = false;
  #hasBegun = false;
  readonly #givenUp: Promise<void>;
  #giveUp!: () => void;
  #isGivenUp = false;

  constructor(home: Home, transport: Transport, store: Guarded) {
    this.#home = home;
    this.#transport = transport;
    this.#store = store;
    this.#givenUp = new Promise((resolve) => {
      this.#giveUp = resolve;
    });
  }

  /**
   * Says that nobody waits for the call any more. It is given up where it has written and sent
   * nothing; else it goes on to its end, because others wait for what it began.
   */
  abandon(): void {
    if (this.#hasBegun) return;
    this.#isGivenUp = true;
    this.#giveUp();
  }

  /** Runs it to its end. */
  async run(begin: (session: Session) => Running): Promise<Outcome | undefined> {
    const running = this.#home.enter(false, begin);
    try {
      let event: Event = { tag: 'begun' };
      for (;;) {
        const told = event;
        const step: Step = this.#home.enter(this.#mayHaveActed, () => running.on(told, now()));
        if (step.tag === 'done') return this.#result(step.val);
        const came = await this.#do(step);
        if (came === undefined) return undefined;
        event = came;
      }
    } finally {
      dispose(running);
    }
  }

  /** Does a step. Returns what came of it, or nothing where the call was given up. */
  async #do(step: Exclude<Step, { tag: 'done' }>): Promise<Event | undefined> {
    switch (step.tag) {
      case 'read':
        return this.#unlessGivenUp(this.#read(step.val.key, step.val.unlessVersion, step.val.waitMs));
      case 'write': {
        if (this.#isGivenUp) return undefined;
        this.#hasBegun = true;
        const { key, expected, value, keepSeconds } = step.val;
        return this.#write(key, expected, value, keepSeconds);
      }
      case 'send':
        if (this.#isGivenUp) return undefined;
        this.#hasBegun = true;
        this.#mayHaveActed = true;
        this.#obstacle = undefined;
        this.#flight = this.#send(step.val.request);
        return this.#hear(step.val.waitMs);
      case 'await':
        return this.#hear(step.val);
      case 'sleep':
        return this.#unlessGivenUp(pause(step.val, this.#givenUp));
    }
  }

  async #unlessGivenUp(came: Promise<Event>): Promise<Event | undefined> {
    const first = await Promise.race([came, this.#givenUp]);
    return this.#isGivenUp ? undefined : (first as Event);
  }

  async #read(key: string, unlessVersion: string | undefined, waitMs: number): Promise<Event> {
    try {
      const entry = await this.#store.read(key, unlessVersion, waitMs, this.#givenUp);
      return { tag: 'entry', val: entry && { ...entry, ageMs: BigInt(entry.ageMs) } };
    } catch (error) {
      return storeFailed(error);
    }
  }

  async #write(
    key: string,
    expected: string | undefined,
    value: Uint8Array,
    keepSeconds: number | undefined,
  ): Promise<Event> {
    try {
      return { tag: 'written', val: await this.#store.write(key, expected, value, keepSeconds) };
    } catch (error) {
      return storeFailed(error);
    }
  }

  async #send(request: Request): Promise<Flown> {
    const deadline = new Deadline();
    try {
      return { answer: (await this.#transport.send(request, deadline)).told };
    } catch (error) {
      if (error instanceof Unreachable) {
        const { failure, mayHaveActed, cause } = error;
        return { noAnswer: { failure, mayHaveActed, why: cause as Error | undefined } };
      }
      return { noAnswer: { failure: 'other', mayHaveActed: true } };
    } finally {
      deadline.end();
    }
  }

  /** Waits for the request, but no longer than `waitMs`. */
  async #hear(waitMs: number): Promise<Event> {
    if (!this.#flight) return pause(waitMs);
    const done = new AbortController();
    const flown = await Promise.race([this.#flight, pause(waitMs, undefined, done.signal)]);
    done.abort();
    if ('tag' in flown) return flown;
    this.#flight = undefined;
    if ('answer' in flown) return { tag: 'answer', val: flown.answer };
    this.#obstacle = flown.noAnswer;
    const { failure, mayHaveActed } = flown.noAnswer;
    return { tag: 'no-answer', val: { failure, mayHaveActed } };
  }

  #result(result: Extract<Step, { tag: 'done' }>['val']): Outcome {
    if (result.tag === 'ok') return result.val;
    const error = result.val as SessionErrorValue;
    if (error.tag !== 'auth') throw sessionError(error, this.#mayHaveActed);
    throw sessionError({ tag: 'auth', val: this.#withObstacle(error.val) }, this.#mayHaveActed);
  }

  /** An error of this call's own request may say more; another attempt's is told by whoever made that. */
  #withObstacle(error: AuthErrorValue): AuthErrorValue {
    const own = this.#obstacle;
    if (error.tag !== 'unreachable' || own === undefined) return error;
    const isTheSame = own.failure === error.val.failure && own.mayHaveActed === error.val.mayHaveActed;
    return isTheSame ? { tag: 'unreachable', val: own } : error;
  }
}

function storeFailed(error: unknown): Event {
  const { problem, reason } = storeErrorOf(error);
  return { tag: 'store-failed', val: { tag: problem, val: reason } };
}

/** Waits, and tells `quiet`. Ends early with `sooner`; `unneeded` takes the timer away. */
async function pause(ms: number, sooner?: Promise<void>, unneeded?: AbortSignal): Promise<Event> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.min(ms, 2 ** 31 - 1));
    unneeded?.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
  await (sooner ? Promise.race([over, sooner]) : over);
  clearTimeout(timer);
  return { tag: 'quiet' };
}

function now(): Now {
  return {
    monotonicMs: BigInt(Math.floor(performance.now())),
    unixSeconds: BigInt(Math.floor(Date.now() / 1000)),
  };
}
