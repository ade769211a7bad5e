//! The locks of writers: sixteen files, chosen by a key's first digit, so that their number does not
//! grow and accounts seldom wait for each other.
//!
//! Node has no `flock`, and the command of that name has: it is handed the open file and locks it. The
//! lock belongs to what is open, which is this process's, so it stays when the command has ended, and
//! the kernel gives it back when the file is closed, as it is when the process dies.

import type { ChildProcess, StdioOptions } from 'node:child_process';
import type { FileHandle } from 'node:fs/promises';

import { StoreError } from '../../session/errors.js';
import type { Dir } from './dir.js';
import { codeOf, refused } from './trouble.js';

/** Which lock a key's writers take. */
export function lockOf(key: string): string {
  return `lock-${key[0]}`;
}

/** Whether the command is there. */
export async function checkCommand(): Promise<void> {
  // Without arguments it says how it is used.
  if ((await ended(await flock([], 'ignore'))) !== undefined) return;
  throw refused('the store in a directory needs the command flock, of the package util-linux, which is not there: install it, or take a Redis');
}

/** Takes the lock, for as long as the file is open. `ms` is how long to wait for others. */
export async function take(dir: Dir, name: string, ms: number): Promise<FileHandle> {
  const end = performance.now() + ms;
  for (;;) {
    const file = await dir.lockFile(name);
    try {
      await lock(file, end - performance.now());
      // A lock on a file that was deleted keeps nobody out.
      if (await dir.isAt(file, name)) return file;
    } catch (error) {
      await file.close();
      throw error;
    }
    await file.close();
  }
}

async function lock(file: FileHandle, ms: number): Promise<void> {
  const command = await flock(['-x', '3'], ['ignore', 'ignore', 'ignore', file.fd]);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    command.kill('SIGKILL');
  }, Math.max(ms, 0));
  const code = await ended(command);
  clearTimeout(timer);
  if (isLate) throw new StoreError('unavailable', "another process holds the lock of the store's directory: is it stopped?");
  if (code !== 0) throw refused(`the command flock could not lock the store's directory (${code ?? 'not started'})`);
}

async function flock(given: string[], stdio: StdioOptions): Promise<ChildProcess> {
  // Loaded when it is needed: it is what takes longest to load.
  const { spawn } = await import('node:child_process');
  return spawn('flock', given, { stdio });
}

/** The exit code of a command; nothing where there is no such command. */
function ended(command: ChildProcess): Promise<number | string | undefined> {
  return new Promise((resolve) => {
    command.on('error', (error) => resolve(codeOf(error) === 'ENOENT' ? undefined : codeOf(error)));
    command.on('exit', (code, signal) => resolve(code ?? signal ?? undefined));
  });
}
