//! The limits of time of one call, and its caller's signal. Whatever `fetch` does with a signal:
//! the call ends when a limit passes or the signal is aborted.

import { Unreachable } from '../errors.js';

/** The longest that a timer runs, in milliseconds. One that is set for longer ends at once. */
const LONGEST = 2 ** 31 - 1;

/** When a call ends, and why. */
export class Deadline {
  /** Made where a `fetch` is to be told: it is what costs most of a call. */
  #controller: AbortController | undefined;
  readonly #given: AbortSignal | undefined;
  readonly #onAbort = () => this.#stop(this.#given?.reason);
  readonly #stopped: Promise<never>;
  #reject!: (reason: unknown) => void;
  /** Why it was stopped, where it was. */
  #reason: { is: unknown } | undefined;
  #onStop: (() => void) | undefined;
  /** When the limits pass, by the clock of `performance`. */
  #total = Number.POSITIVE_INFINITY;
  #phase = Number.POSITIVE_INFINITY;
  /** One timer for both. It may run out before they do, for a later limit leaves it as it is: a call has many. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerEnds = Number.POSITIVE_INFINITY;

  constructor(signal?: AbortSignal) {
    this.#given = signal;
    this.#stopped = new Promise((_, reject) => {
      this.#reject = reject;
    });
    // Nobody may be waiting when it is stopped.
    this.#stopped.catch(() => {});
    if (signal?.aborted) this.#onAbort();
    else signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Aborted when the call is stopped. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason) this.#controller.abort(this.#reason.is);
    return this.#controller.signal;
  }

  /** Why the call was stopped, where it was. */
  get stopped(): { is: unknown } | undefined {
    return this.#reason;
  }

  /** Calls back when the call is stopped, in place of whom it called before. */
  onStop(callback: () => void): void {
    this.#onStop = callback;
  }

  /** Begins the limit for the whole call, if it has not begun. */
  total(ms: number): void {
    if (this.#total === Number.POSITIVE_INFINITY) this.#total = after(ms);
    this.#await();
  }

  /** Begins a limit, in place of the one before it. */
  phase(ms: number): void {
    this.#phase = after(ms);
    this.#await();
  }

  /** Ends the phase: no limit but the total one holds until the next one begins. */
  endPhase(): void {
    this.#phase = Number.POSITIVE_INFINITY;
  }

  /** Waits for something, but not beyond the end of the call. */
  async within<T>(something: Promise<T>): Promise<T> {
    something.catch(() => {});
    return Promise.race([this.#stopped, something]);
  }

  /** Lets go of the timer and the signal. Whatever begins a limit later sets no timer. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timerEnds = Number.NEGATIVE_INFINITY;
    this.#given?.removeEventListener('abort', this.#onAbort);
  }

  /** Sets the timer, where it would run out too late. */
  #await(): void {
    const ends = Math.min(this.#total, this.#phase);
    if (this.#timerEnds <= ends) return;
    clearTimeout(this.#timer);
    this.#timerEnds = ends;
    this.#timer = setTimeout(() => this.#onTimer(), ends - performance.now());
  }

  #onTimer(): void {
    if (performance.now() >= Math.min(this.#total, this.#phase)) return this.#stop(timedOut());
    this.#timerEnds = Number.POSITIVE_INFINITY;
    this.#await();
  }

  #stop(reason: unknown): void {
    this.#reason = { is: reason };
    this.end();
    this.#reject(reason);
    this.#controller?.abort(reason);
    this.#onStop?.();
  }
}

/** When so much time has passed. */
function after(ms: number): number {
  return performance.now() + Math.min(ms, LONGEST);
}

function timedOut(): Unreachable {
  return new Unreachable({ failure: 'timeout', mayHaveActed: true });
}
