//! What a store promises, as checks that any store can be held against: those of the Rust library's
//! `store_contract.rs`, one for one.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

/** Far more than any step takes: what reaches it hangs. */
const LIMIT_MS = 60_000;

/** Longer than the checks may run: who comes back before was not held back. */
const LONG_MS = 3_600_000;
const LONG_SECONDS = 3_600;

/** What a wall clock that is being set right, and a clock of hundredths, may differ. */
const DRIFT_MS = 20;

export const CHECKS = {
  async 'nothing is there before the first write'(place) {
    const seen = await place.read(await place.open(), place.key());
    assert.equal(seen, undefined, 'there is an entry that nobody wrote');
  },

  async 'what was written is read by everybody'(place) {
    const [one, other, key] = [await place.open(), await place.open(), place.key()];
    const first = await place.make(one, key, 'first');
    place.is(await place.entry(other, key), 'first', first);
    const second = await place.set(other, key, first, 'second');
    assert.ok(second, 'a write that knew the version was refused');
    assert.notEqual(first, second, 'two writes have the same version');
    place.is(await place.entry(one, key), 'second', second);
  },

  async 'a write that expects another version changes nothing'(place) {
    const [store, key] = [await place.open(), place.key()];
    const old = await place.make(store, key, 'old');
    const fresh = await place.set(store, key, old, 'new');
    for (const expected of ['not one of yours', '', "'\0", old, undefined]) {
      const written = await place.set(store, key, expected, 'late');
      assert.equal(written, undefined, 'a write that was too late was taken');
    }
    place.is(await place.entry(store, key), 'new', fresh);
  },

  async 'a write that expects a version where nothing is makes nothing'(place) {
    const [store, key] = [await place.open(), place.key()];
    for (const expected of ['', '0', '00000000000000000000000000000000']) {
      const written = await place.set(store, key, expected, 'late');
      assert.equal(written, undefined, 'what is not there was replaced');
    }
    assert.equal(await place.read(store, key), undefined, 'a write that was refused was done');
  },

  async 'entries do not touch each other'(place) {
    const [store, one, other] = [await place.open(), place.key(), place.key()];
    const first = await place.make(store, one, 'one');
    const second = await place.make(store, other, 'other');
    const written = await place.set(store, one, second, 'late');
    assert.equal(written, undefined, 'the version of another entry was taken');
    place.is(await place.entry(store, one), 'one', first);
    place.is(await place.entry(store, other), 'other', second);
  },

  async 'values are any bytes up to 64 KiB'(place) {
    const store = await place.open();
    const all = Uint8Array.from({ length: 256 }, (_, at) => at);
    const most = Uint8Array.from({ length: 65_536 }, (_, at) => at % 256);
    for (const value of [new Uint8Array(), all, most]) {
      const key = place.key();
      const version = await place.write(store, key, undefined, value, LONG_SECONDS);
      assert.ok(version, 'the first write was refused');
      const seen = await place.entry(store, key);
      assert.deepEqual(seen.value, value, 'another value is there');
      assert.equal(seen.version, version);
    }
  },

  async 'age counts from the write and starts anew with the next'(place) {
    const [store, key] = [await place.open(), place.key()];
    let version;
    for (const value of ['first', 'second']) {
      const before = performance.now();
      version = await place.set(store, key, version, value);
      assert.ok(version, 'nobody else writes');
      const after = performance.now();
      for (let times = 0; times < 2; times += 1) {
        await sleep(100);
        const least = performance.now() - after;
        const { ageMs } = await place.entry(store, key);
        assert.ok(ageMs + DRIFT_MS >= least, 'an entry looks younger than it is');
        assert.ok(ageMs <= performance.now() - before + DRIFT_MS, 'an entry looks older than it is');
      }
    }
  },

  async 'an entry stays for its time'(place) {
    const [store, key] = [await place.open(), place.key()];
    const version = await place.set(store, key, undefined, 'value');
    await sleep(2000);
    place.is(await place.entry(store, key), 'value', version);
  },

  async 'a write without a time keeps the entry'(place) {
    const store = await place.open();
    let key;
    let version;
    // Where that took longer than a second it was dropped meanwhile.
    while (!version) {
      key = place.key();
      const old = await place.write(store, key, undefined, bytes('old'), 1);
      version = await place.write(store, key, old, bytes('new'), undefined);
    }
    await sleep(2000);
    place.is(await place.entry(store, key), 'new', version);
    // Nothing is left behind.
    await place.write(store, key, version, new Uint8Array(), 0);
  },

  async 'an entry that was dropped can be made anew'(place) {
    const [store, key] = [await place.open(), place.key()];
    const old = await place.write(store, key, undefined, bytes('old'), 0);
    assert.ok(old, 'the first write was refused');
    await sleep(100);
    // A store need not drop anything.
    if (await place.read(store, key)) return;
    assert.equal(await place.set(store, key, old, 'late'), undefined, 'what was dropped was replaced');
    const fresh = await place.make(store, key, 'new');
    assert.notEqual(fresh, old, 'a version came again after the entry was dropped');
  },

  async 'no version comes again'(place) {
    const [store, key] = [await place.open(), place.key()];
    const seen = new Set();
    let version;
    for (let times = 0; times < 30; times += 1) {
      version = await place.set(store, key, version, 'value');
      assert.ok(version, 'nobody else writes');
      assert.ok(!seen.has(version), 'a version came again');
      seen.add(version);
    }
  },

  async 'a read of nothing is not held back'(place) {
    const [store, key] = [await place.open(), place.key()];
    for (const unless of [undefined, 'x']) {
      assert.equal(await place.wait(store, key, unless, LONG_MS), undefined, 'there is an entry that nobody wrote');
    }
  },

  async 'a read is not held back where the entry has another version'(place) {
    const [store, key] = [await place.open(), place.key()];
    const old = await place.make(store, key, 'old');
    const fresh = await place.set(store, key, old, 'new');
    for (const unless of [undefined, old, 'x']) place.is(await place.wait(store, key, unless, LONG_MS), 'new', fresh);
  },

  async 'a read that waits ends with its wait'(place) {
    const [store, key] = [await place.open(), place.key()];
    const version = await place.make(store, key, 'value');
    for (const wait of [0, 300]) place.is(await place.wait(store, key, version, wait), 'value', version);
  },

  async 'readers that wait learn of a write'(place) {
    const [store, key] = [await place.open(), place.key()];
    const old = await place.make(store, key, 'old');
    const reads = async () => {
      const store = await place.open();
      for (;;) {
        // A store may answer sooner. Then the reader asks again.
        const seen = await place.wait(store, key, old, LONG_MS);
        if (seen?.version !== old) return seen;
        await sleep(50);
      }
    };
    const readers = Array.from({ length: 10 }, reads);
    // Some wait by now; for one that does not the check is good as well.
    await sleep(200);
    const fresh = await place.set(await place.open(), key, old, 'new');
    for (const seen of await Promise.all(readers)) place.is(seen, 'new', fresh);
  },

  async 'no write of many is lost'(place) {
    const [writers, times, key] = [8, 10, place.key()];
    const counts = async () => {
      const store = await place.open();
      for (let done = 0; done < times; ) {
        const entry = await place.read(store, key);
        const number = entry ? Number(text(entry.value)) : 0;
        if (await place.set(store, key, entry?.version, String(number + 1))) done += 1;
      }
    };
    await Promise.all(Array.from({ length: writers }, counts));
    const last = await place.entry(await place.open(), key);
    assert.equal(Number(text(last.value)), writers * times, 'of two writes that knew the same version both were taken');
  },

  async 'of many who make an entry one does'(place) {
    for (let round = 0; round < 5; round += 1) {
      const key = place.key();
      const makes = async (_, number) => place.set(await place.open(), key, undefined, String(number));
      const made = (await Promise.all(Array.from({ length: 8 }, makes))).filter((version) => version);
      assert.equal(made.length, 1, 'not one of many who made an entry did');
      assert.equal((await place.entry(await place.open(), key)).version, made[0], "another one's version is there");
    }
  },
};

/** A store that is held against the checks. */
export class Place {
  constructor(open) {
    this.open = open;
  }

  /** A name that no entry has had. */
  key() {
    return randomBytes(32).toString('hex');
  }

  read(store, key) {
    return this.wait(store, key, undefined, 0);
  }

  wait(store, key, unless, waitMs) {
    return soon(store.read(key, unless, waitMs));
  }

  async entry(store, key) {
    const entry = await this.read(store, key);
    assert.ok(entry, 'an entry is gone');
    return entry;
  }

  write(store, key, expected, value, keepSeconds) {
    return soon(store.compareAndSet(key, expected, value, keepSeconds));
  }

  set(store, key, expected, value) {
    return this.write(store, key, expected, bytes(value), LONG_SECONDS);
  }

  async make(store, key, value) {
    const made = await this.set(store, key, undefined, value);
    assert.ok(made, 'the first write was refused');
    return made;
  }

  is(entry, value, version) {
    assert.equal(text(entry.value), value, 'another value is there');
    assert.equal(entry.version, version, 'another version is there');
  }
}

async function soon(work) {
  const timer = new AbortController();
  const late = sleep(LIMIT_MS, undefined, { signal: timer.signal }).then(() => {
    throw new Error('it hangs');
  });
  late.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
  }
}

const bytes = (value) => new TextEncoder().encode(value);
const text = (value) => new TextDecoder().decode(value);
