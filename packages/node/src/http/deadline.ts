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
  #total: ReturnType<typeof setTimeout> | undefined;
  #phase: ReturnType<typeof setTimeout> | undefined;

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
    this.#total ??= this.#after(ms);
  }

  /** Begins a limit, in place of the one before it. */
  phase(ms: number): void {
    clearTimeout(this.#phase);
    this.#phase = this.#after(ms);
  }

  /** Ends the phase: no limit but the total one holds until the next one begins. */
  endPhase(): void {
    clearTimeout(this.#phase);
  }

  /** Waits for something, but not beyond the end of the call. */
  async within<T>(something: Promise<T>): Promise<T> {
    something.catch(() => {});
    return Promise.race([this.#stopped, something]);
  }

  /** Lets go of the timers and the signal. */
  end(): void {
    clearTimeout(this.#total);
    clearTimeout(this.#phase);
    this.#given?.removeEventListener('abort', this.#onAbort);
  }

  #after(ms: number): ReturnType<typeof setTimeout> {
    return setTimeout(() => this.#stop(timedOut()), Math.min(ms, LONGEST));
  }

  #stop(reason: unknown): void {
    this.#reason = { is: reason };
    this.end();
    this.#reject(reason);
    this.#controller?.abort(reason);
    this.#onStop?.();
  }
}

function timedOut(): Unreachable {
  return new Unreachable({ failure: 'timeout', mayHaveActed: true });
}
