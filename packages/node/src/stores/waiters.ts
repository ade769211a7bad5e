//! Readers that wait for an entry to change.

/** The longest that a timer runs, in milliseconds. One that is set for longer ends at once. */
const LONGEST = 2 ** 31 - 1;

export class Waiters {
  readonly #listening = new Map<string, Set<Listener>>();

  /** Begins to listen. What is announced from then on ends the next wait. */
  listen(key: string): Listener {
    const listening = this.#listening.get(key) ?? new Set();
    this.#listening.set(key, listening);
    const listener = new Listener(() => {
      listening.delete(listener);
      if (listening.size === 0 && this.#listening.get(key) === listening) this.#listening.delete(key);
    });
    listening.add(listener);
    return listener;
  }

  announce(key: string): void {
    for (const listener of this.#listening.get(key) ?? []) listener.tell();
  }
}

/** One reader. */
export class Listener {
  /** Ends it. */
  readonly end: () => void;
  #isTold = false;
  #wake: (() => void) | undefined;

  constructor(end: () => void) {
    this.end = end;
  }

  tell(): void {
    this.#isTold = true;
    this.#wake?.();
  }

  /** Waits until a change is announced, but no longer than `ms`. */
  async change(ms: number): Promise<void> {
    if (!this.#isTold && ms > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(ms, LONGEST));
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#isTold = false;
    this.#wake = undefined;
  }
}
