//! The limits of time of one call, and its caller's signal. Whatever `fetch` does with a signal:
//! the call ends when a limit passes or the signal is aborted.

import { Unreachable } from '../errors.js';

/** The longest that a timer runs, in milliseconds. One that is set for longer ends at once. */
const LONGEST = 2 ** 31 - 1;

/** When a call ends, and why. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #given: AbortSignal | undefined;
  readonly #onAbort = () => this.#stop(this.#given?.reason);
  readonly #stopped: Promise<never>;
  #reject!: (reason: unknown) => void;
  #total: ReturnType<typeof setTimeout> | undefined;
  #phase: ReturnType<typeof setTimeout> | undefined;
  #isOver = false;

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

  /** For `fetch`: aborted when the call is over. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Begins the limit for the whole call, if it has not begun. */
  total(ms: number): void {
    this.#total ??= this.#after(ms);
  }

  /** Begins a limit, in place of the one before it. A call that is over has none. */
  phase(ms: number): void {
    clearTimeout(this.#phase);
    if (this.#isOver) return;
    this.#phase = this.#after(ms);
  }

  /** Waits for something, but not beyond the end of the call. */
  async within<T>(something: Promise<T>): Promise<T> {
    something.catch(() => {});
    return Promise.race([this.#stopped, something]);
  }

  /** Lets go of the timers and the signal. */
  end(): void {
    this.#isOver = true;
    clearTimeout(this.#total);
    clearTimeout(this.#phase);
    this.#given?.removeEventListener('abort', this.#onAbort);
  }

  /** Ends the phase: no limit holds until the next one begins. */
  endPhase(): void {
    clearTimeout(this.#phase);
  }

  #after(ms: number): ReturnType<typeof setTimeout> {
    return setTimeout(() => this.#stop(timedOut()), Math.min(ms, LONGEST));
  }

  #stop(reason: unknown): void {
    this.#reject(reason);
    this.#controller.abort(reason);
    this.end();
  }
}

function timedOut(): Unreachable {
  return new Unreachable({ failure: 'timeout', mayHaveActed: true });
}
