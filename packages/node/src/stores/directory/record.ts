//! What a file holds: one line of words, then the value.
//!
//!     rpa-auth-entry 1 VERSION BOOT SINCE-BOOT-MS WALL-MS KEEP-MS|- LENGTH
//!
//! A file that is anything else was not written by us, or not by this release. It is an error, and
//! never overwritten.

import type { StoreEntry } from '../../generated/types.js';
import { isNumber, Moment } from './clock.js';

/** Longer than any line that is written. */
const LONGEST_LINE = 256;

/** The longest file that is one of ours, in bytes. */
export const LONGEST_RECORD = LONGEST_LINE + 64 * 1024;

export interface Record {
  version: string;
  written: Moment;
  /** None keeps it. */
  keepMs: number | undefined;
  value: Uint8Array;
}

/** The entry; nothing where it has been kept long enough. */
export function entryOf({ version, written, keepMs, value }: Record, now: Moment): StoreEntry | undefined {
  const ageMs = written.age(now);
  return keepMs !== undefined && ageMs >= keepMs ? undefined : { value, version, ageMs };
}

export function toBytes({ version, written, keepMs, value }: Record): Uint8Array {
  const line = `rpa-auth-entry 1 ${version} ${written} ${keepMs ?? '-'} ${value.length}\n`;
  return Buffer.concat([Buffer.from(line, 'ascii'), value]);
}

export function parse(bytes: Buffer): Record | undefined {
  const end = bytes.subarray(0, LONGEST_LINE).indexOf('\n');
  if (end < 0) return undefined;
  const words = bytes.toString('utf8', 0, end).split(' ');
  const [format, number, version = '', boot = '', sinceBoot = '', wall = '', keep = '', length = ''] = words;
  const value = Uint8Array.from(bytes.subarray(end + 1));
  const written = Moment.parse(boot, sinceBoot, wall);
  const isOurs = words.length === 8 && format === 'rpa-auth-entry' && number === '1';
  const isWhole = isNumber(length) && Number(length) === value.length && (keep === '-' || isNumber(keep));
  if (!isOurs || !isWhole || !written) return undefined;
  return { version, written, keepMs: keep === '-' ? undefined : Number(keep), value };
}
