//! Readers that wait for an entry to change.

/** The longest that a timer runs, in milliseconds. One that is set for longer ends at once. */
const LONGEST = 2 ** 31 - 1;

export class Waiters {
  readonly #waiting = new Map<string, Set<() => void>>();

  /** Waits until a change of the entry is announced, but no longer than `ms`. */
  change(key: string, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(key) ?? new Set();
      this.#waiting.set(key, waiting);
      const end = () => {
        clearTimeout(timer);
        waiting.delete(end);
        if (waiting.size === 0 && this.#waiting.get(key) === waiting) this.#waiting.delete(key);
        resolve();
      };
      const timer = setTimeout(end, Math.max(0, Math.min(ms, LONGEST)));
      waiting.add(end);
    });
  }

  announce(key: string): void {
    for (const end of [...(this.#waiting.get(key) ?? [])]) end();
  }
}
