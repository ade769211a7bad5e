//! What the store in a directory refuses, and what it survives.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { after, before, describe, it } from 'node:test';

import { DirectoryStore, InvalidArgument, StoreError } from 'rpa-auth';

import { errorOf } from './support/given.js';

const KEY = '5d'.repeat(32);
const VALUE = new TextEncoder().encode('value');

describe('a directory', () => {
  let folder;
  const fresh = (name = 'store') => `${mkdtempSync(`${folder}/`)}/${name}`;

  before(() => {
    folder = mkdtempSync(`${tmpdir()}/rpa-auth-node-`);
  });
  after(() => rmSync(folder, { recursive: true }));

  const isRefused = (error, words) => {
    assert.ok(error instanceof StoreError, String(error));
    assert.equal(error.problem, 'other');
    assert.match(error.message, words);
  };

  it('is made for its user alone', async () => {
    const path = fresh('a/b');
    const store = await DirectoryStore.open(path);
    await store.compareAndSet(KEY, undefined, VALUE, 60);
    assert.equal(statSync(path).mode & 0o7777, 0o700);
    assert.equal(statSync(`${path}/${KEY}.entry`).mode & 0o7777, 0o600);
  });

  it('is shared with a group where that is named', async () => {
    const path = fresh();
    const store = await DirectoryStore.open(path, { group: process.getegid() });
    await store.compareAndSet(KEY, undefined, VALUE, 60);
    assert.equal(statSync(path).mode & 0o7777, 0o2770);
    for (const name of [`${KEY}.entry`, 'lock-5']) assert.equal(statSync(`${path}/${name}`).mode & 0o7777, 0o660, name);
    isRefused(await errorOf(DirectoryStore.open(path)), /chmod g-w/);
  });

  for (const [mode, words] of [[0o777, /chmod o-w/], [0o1777, /chmod o-w/], [0o770, /chmod g-w/]]) {
    it(`of mode ${mode.toString(8)} is refused, with the way out`, async () => {
      const path = fresh();
      mkdirSync(path);
      chmodSync(path, mode);
      isRefused(await errorOf(DirectoryStore.open(path)), words);
    });
  }

  it('below one that everybody can write to is refused', async () => {
    const path = fresh('above/store');
    mkdirSync(path, { recursive: true, mode: 0o700 });
    chmodSync(path, 0o700);
    chmodSync(`${path}/..`, 0o777);
    isRefused(await errorOf(DirectoryStore.open(path)), /chmod \+t/);
    chmodSync(`${path}/..`, 0o1777);
    await DirectoryStore.open(path);
  });

  it('that becomes open to others is refused from then on', async () => {
    const path = fresh();
    const store = await DirectoryStore.open(path);
    await store.compareAndSet(KEY, undefined, VALUE, 60);
    chmodSync(path, 0o777);
    isRefused(await errorOf(store.read(KEY)), /chmod o-w/);
    chmodSync(path, 0o700);
    assert.ok(await store.read(KEY));
  });

  for (const path of ['', 'a\0b', undefined, 7]) {
    it(`is none: ${JSON.stringify(path)}`, async () => {
      assert.ok((await errorOf(DirectoryStore.open(path))) instanceof InvalidArgument);
    });
  }

  it('that is a file is an error', async () => {
    const path = fresh();
    writeFileSync(path, '');
    assert.ok((await errorOf(DirectoryStore.open(path))) instanceof StoreError);
  });

  it('that somebody deleted is made again, and holds nothing', async () => {
    const path = fresh();
    const store = await DirectoryStore.open(path);
    const version = await store.compareAndSet(KEY, undefined, VALUE, 60);
    rmSync(path, { recursive: true });
    assert.equal(await store.read(KEY), undefined);
    assert.equal(await store.compareAndSet(KEY, version, VALUE, 60), undefined);
    assert.ok(await store.compareAndSet(KEY, undefined, VALUE, 60));
  });

  for (const [what, put, words] of [
    ['a link', (path) => symlinkSync('/etc/passwd', path), /not a regular file/],
    ['a pipe', (path) => execFileSync('mkfifo', [path]), /not a regular file/],
    ['a directory', (path) => mkdirSync(path), /not a regular file/],
    ['a file that everybody can write to', (path) => { writeFileSync(path, ''); chmodSync(path, 0o666); }, /chmod o-w/],
    ['an empty file', (path) => writeFileSync(path, '', { mode: 0o600 }), /damaged, or from another release/],
    ['a file that was cut', (path) => writeFileSync(path, `rpa-auth-entry 1 ${'a'.repeat(32)} - 0 0 - 5\nvalu`, { mode: 0o600 }), /damaged/],
    ['a file of a later release', (path) => writeFileSync(path, `rpa-auth-entry 2 ${'a'.repeat(32)} - 0 0 - 5\nvalue`, { mode: 0o600 }), /damaged/],
  ]) {
    it(`with ${what} in the place of an entry says so, and leaves it`, async () => {
      const path = fresh();
      const store = await DirectoryStore.open(path);
      put(`${path}/${KEY}.entry`);
      for (const work of [() => store.read(KEY), () => store.compareAndSet(KEY, undefined, VALUE, 60)]) isRefused(await errorOf(work), words);
      assert.ok(existsSync(`${path}/${KEY}.entry`));
    });
  }

  it('an entry of an earlier boot is at least as old as this boot', async () => {
    const path = fresh();
    const store = await DirectoryStore.open(path);
    const line = `rpa-auth-entry 1 ${'a'.repeat(32)} 00000000-0000-0000-0000-000000000000 999999999 ${Date.now()} - 5\nvalue`;
    writeFileSync(`${path}/${KEY}.entry`, line, { mode: 0o600 });
    const uptimeMs = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000;
    const { ageMs } = await store.read(KEY);
    assert.ok(ageMs >= uptimeMs - 20, `${ageMs} of ${uptimeMs}`);
  });

  it('what a killed writer left is swept up, and what has run out', async () => {
    const path = fresh();
    const store = await DirectoryStore.open(path);
    const [left, over, others] = [`5${'0'.repeat(63)}.new`, `5${'1'.repeat(63)}.entry`, `6${'0'.repeat(63)}.new`];
    for (const name of [left, others]) writeFileSync(`${path}/${name}`, 'half', { mode: 0o600 });
    writeFileSync(`${path}/${over}`, `rpa-auth-entry 1 ${'a'.repeat(32)} - 0 0 1 5\nvalue`, { mode: 0o600 });
    await store.compareAndSet(KEY, undefined, VALUE, 60);
    assert.deepEqual([left, over, others].map((name) => existsSync(`${path}/${name}`)), [false, false, true]);
  });

  it('whose lock a stopped process holds is unavailable, and free when that has ended', async () => {
    const path = fresh();
    const store = await DirectoryStore.open(path);
    await store.compareAndSet(KEY, undefined, VALUE, 60);
    const holder = spawn('flock', ['-x', '-o', `${path}/lock-5`, 'sh', '-c', 'echo held; exec sleep 60'], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(holder.stdout, 'data');
    const { version } = await store.read(KEY);
    const error = await errorOf(store.compareAndSet(KEY, version, VALUE, 60));
    assert.ok(error instanceof StoreError);
    assert.equal(error.problem, 'unavailable');
    assert.match(error.message, /another process holds the lock/);
    const ended = once(holder, 'exit');
    holder.kill('SIGKILL');
    await ended;
    assert.ok(await store.compareAndSet(KEY, version, VALUE, 60));
  });
});
