//! How many calls may be under way at one time. One more waits for another to end.

export class Limit {
  readonly most: number;
  readonly #patienceMs: number;
  readonly #waiting = new Set<() => void>();
  #free: number;

  constructor(most: number, patienceMs: number) {
    this.most = most;
    this.#free = most;
    this.#patienceMs = patienceMs;
  }

  /** Returns what gives the place back, or nothing where none became free in time. */
  async take(signal: AbortSignal | undefined): Promise<(() => void) | undefined> {
    signal?.throwIfAborted();
    if (this.#free > 0) this.#free -= 1;
    else if (!(await this.#turn(signal))) return undefined;
    return () => this.#giveBack();
  }

  #giveBack(): void {
    const [next] = this.#waiting;
    if (next) next();
    else this.#free += 1;
  }

  /** Waits for a place, which the one who gives it back hands over. */
  #turn(signal: AbortSignal | undefined): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const end = () => {
        this.#waiting.delete(mine);
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      const mine = () => {
        end();
        resolve(true);
      };
      const onAbort = () => {
        end();
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        end();
        resolve(false);
      }, Math.min(this.#patienceMs, 2 ** 31 - 1));
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting.add(mine);
    });
  }
}
