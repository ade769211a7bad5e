//! The server of the cases of the wire: the program `simulators`, which runners in every language
//! start.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { repository } from './cases.js';

/** How long it may take to notice what a client did. */
const LATE_MS = 10_000;

export class WireServer {
  #program;
  #control;

  constructor(program, { cases, certificate, control }) {
    this.#program = program;
    this.#control = control;
    /** Where each case is served, by its name. */
    this.places = cases;
    /** A file with the certificate of the servers that are to be trusted. */
    this.certificate = certificate;
  }

  /** Starts it. `options` are the program's own, `--cors` say. */
  static async start(...options) {
    const programs = process.env.RPA_AUTH_PROGRAMS ?? fileURLToPath(new URL('target/debug', repository));
    const cases = fileURLToPath(new URL('host-test/cases/wire', repository));
    const program = spawn(`${programs}/simulators`, ['wire', '--cases', cases, ...options], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface(program.stdout);
    const ended = once(program, 'exit').then(([code]) => {
      throw new Error(`the server of the wire ended with ${code}`);
    });
    const [line] = await Promise.race([once(lines, 'line'), ended]);
    ended.catch(() => {});
    return new WireServer(program, JSON.parse(line));
  }

  /** Waits until each of these cases has seen what it should, and says what some have not. */
  async unseen(cases) {
    const late = Date.now() + LATE_MS;
    for (;;) {
      const seen = await (await fetch(this.#control)).json();
      const wrong = cases.filter((one) => Object.entries(one.seen).some(([what, count]) => seen[one.name][what] !== count));
      if (wrong.length === 0 || Date.now() > late) {
        return wrong.map((one) => `${one.name}: ${JSON.stringify(seen[one.name])}, not ${JSON.stringify(one.seen)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async stop() {
    this.#program.stdin.end();
    await once(this.#program, 'exit');
  }
}
