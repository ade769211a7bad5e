//! What one request does on its way, seen by its dispatcher: undici, which is behind Node's own
//! `fetch`, asks one to send, and tells it when a connection is there.
//!
//! `fetch` by itself says none of this. It also sends a request again that is answered with 421,
//! and keeps a 407 to itself: both are shown to it as another status here.

/** What undici calls a dispatcher; all that is used of it. */
export interface Dispatcher {
  dispatch(options: object, handler: object): boolean;
  isMockActive?: boolean;
}

const MISDIRECTED = 421;
const PROXY_AUTHENTICATION_REQUIRED = 407;
const SHOWN_INSTEAD = 400;

type Method = (...given: unknown[]) => unknown;

/** Sees one request. */
export class Sight {
  /** Whether the request was handed to the dispatcher: without that nothing was seen. */
  isThere = false;
  /** Whether a connection was there for it, TLS and a proxy's tunnel included. */
  isConnected = false;
  #hidden: number | undefined;
  #isGivenUp = false;
  /** Ends the connection that was there for it. */
  #abort: (() => void) | undefined;
  readonly #onHandedOver: () => void;
  readonly #onConnected: () => void;

  constructor(onHandedOver: () => void, onConnected: () => void) {
    this.#onHandedOver = onHandedOver;
    this.#onConnected = onConnected;
  }

  /** The status of the answer, where `fetch` was shown `shown`. */
  status(shown: number): number {
    return this.#hidden !== undefined && shown === SHOWN_INSTEAD ? this.#hidden : shown;
  }

  /** Gives the request up: its connection is ended, also where it comes about later. */
  giveUp(): void {
    this.#isGivenUp = true;
    this.#abort?.();
  }

  /** A dispatcher that sends one request by `inner`, no second one, and none after the call has ended. */
  through(inner: Dispatcher): Dispatcher {
    return {
      isMockActive: inner.isMockActive ?? false,
      dispatch: (options, handler) => {
        if (this.isThere || this.#isGivenUp) throw new Error('a request is sent once, and not after its call has ended');
        this.isThere = true;
        this.#onHandedOver();
        // The limits are the call's own.
        return inner.dispatch({ ...options, headersTimeout: 0, bodyTimeout: 0 }, this.#seen(handler));
      },
    };
  }

  /** A handler, in undici's older or newer form, whose events are seen. */
  #seen(handler: object): object {
    const seen = new Map<string | symbol, unknown>();
    return new Proxy(handler, {
      get: (target, name) => {
        if (seen.has(name)) return seen.get(name);
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        const method = this.#of(name, target, value as Method);
        seen.set(name, method);
        return method;
      },
    });
  }

  #of(name: string | symbol, target: object, method: Method): Method {
    switch (name) {
      case 'onConnect':
        return (abort, ...rest) => {
          this.#connected(abort as (reason: Error) => void);
          return method.call(target, abort, ...rest);
        };
      case 'onRequestStart':
        return (controller, ...rest) => {
          const { abort } = controller as { abort(reason: Error): void };
          this.#connected((reason) => abort.call(controller, reason));
          return method.call(target, controller, ...rest);
        };
      case 'onHeaders':
        return (status, ...rest) => method.call(target, this.#shown(status as number), ...rest);
      case 'onResponseStart':
        return (controller, status, ...rest) => method.call(target, controller, this.#shown(status as number), ...rest);
      default:
        return method.bind(target);
    }
  }

  #connected(abort: (reason: Error) => void): void {
    this.isConnected = true;
    this.#abort = () => abort(new Error('the call has ended'));
    if (this.#isGivenUp) this.#abort();
    else this.#onConnected();
  }

  #shown(status: number): number {
    if (status !== MISDIRECTED && status !== PROXY_AUTHENTICATION_REQUIRED) return status;
    this.#hidden = status;
    return SHOWN_INSTEAD;
  }
}

/** The dispatcher of the platform's own `fetch`, where that is undici. */
export function ownDispatcher(): Dispatcher | undefined {
  const version = globalThis.process?.versions?.['undici'];
  if (version === undefined) return undefined;
  // Node loads undici when one of its classes is asked for.
  void globalThis.Headers;
  const generation = Number.parseInt(version, 10) < 8 ? 1 : 2;
  const found: unknown = Reflect.get(globalThis, Symbol.for(`undici.globalDispatcher.${generation}`));
  return isDispatcher(found) ? found : undefined;
}

export function isDispatcher(given: unknown): given is Dispatcher {
  return typeof given === 'object' && given !== null && typeof (given as Dispatcher).dispatch === 'function';
}
