//! When an entry was written, by a clock that all processes of a machine share: that of the boot,
//! with the boot's id. It goes on in suspend and nobody can set it. Beyond a reboot the wall clock
//! counts, and an entry of an earlier boot is at least as old as this boot.

// Not of node:fs: whoever imports the package would wait for all of it (`npm run bench`).
import { readFile } from 'node:fs/promises';
import { uptime } from 'node:os';

/** Stands where the boot is not known. */
const UNKNOWN = '-';

export class Moment {
  readonly boot: string;
  readonly sinceBootMs: number;
  readonly wallMs: number;

  constructor(boot: string, sinceBootMs: number, wallMs: number) {
    this.boot = boot;
    this.sinceBootMs = sinceBootMs;
    this.wallMs = wallMs;
  }

  static async now(): Promise<Moment> {
    return new Moment(await boot(), Math.round(uptime() * 1000), Math.max(0, Date.now()));
  }

  /** Reads the three words; nothing where they are none. */
  static parse(boot: string, sinceBoot: string, wall: string): Moment | undefined {
    return isNumber(sinceBoot) && isNumber(wall) ? new Moment(boot, Number(sinceBoot), Number(wall)) : undefined;
  }

  /** How long before `now` this was, in milliseconds. */
  age(now: Moment): number {
    const byWall = Math.abs(now.wallMs - this.wallMs);
    if (this.boot === UNKNOWN || now.boot === UNKNOWN) return byWall;
    if (this.boot === now.boot) return Math.abs(now.sinceBootMs - this.sinceBootMs);
    return Math.max(byWall, now.sinceBootMs);
  }

  /** Three words. */
  toString(): string {
    return `${this.boot} ${this.sinceBootMs} ${this.wallMs}`;
  }
}

export function isNumber(text: string): boolean {
  return /^\d{1,15}$/.test(text);
}

let known: Promise<string> | undefined;

function boot(): Promise<string> {
  known ??= readBoot();
  return known;
}

async function readBoot(): Promise<string> {
  try {
    const id = (await readFile('/proc/sys/kernel/random/boot_id', 'ascii')).trim();
    return /^[^ ]{1,64}$/.test(id) ? id : UNKNOWN;
  } catch {
    return UNKNOWN;
  }
}
