import { randomVersion, StoreError } from 'rpa-auth';

/** Entries in a database that compares and sets in one statement. Here a Map stands for it. */
export class OwnStore {
  #rows = new Map();

  async read(key) {
    const row = this.#there(key);
    return row && { value: row.value, version: row.version, ageMs: Date.now() - row.written };
  }

  async compareAndSet(key, expected, value, keepSeconds) {
    if (value.length > 64 * 1024) throw new StoreError('other', 'a row has 64 KiB at most');
    // From here on in one step: nothing is awaited.
    if (this.#there(key)?.version !== expected) return undefined;
    const version = randomVersion();
    const expires = keepSeconds === undefined ? Infinity : Date.now() + keepSeconds * 1000;
    this.#rows.set(key, { value, version, written: Date.now(), expires });
    return version;
  }

  #there(key) {
    const row = this.#rows.get(key);
    return row && row.expires > Date.now() ? row : undefined;
  }
}
