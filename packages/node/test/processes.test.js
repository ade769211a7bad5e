//! Several processes share one token: two of Node and the project's command, which is of Rust.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';

import { logout } from 'rpa-auth';
import { Agent, fetch } from 'undici';

import { SHARED } from './support/places.js';
import { command, run, startSimulators } from './support/programs.js';
import { newFolder } from './support/servers.js';

const LOGIN = 'POST /v2/authentication';

/** A fleet on one store. */
class Fleet {
  #folder = newFolder();
  #keys = { placeKey: randomBytes(32).toString('hex'), sealingKey: randomBytes(32).toString('hex') };

  constructor(simulators, place) {
    this.simulators = simulators;
    this.place = place;
    this.#write('keys.toml', `place = "${this.#keys.placeKey}"\nsealing = ["${this.#keys.sealingKey}"]\n`);
    this.#write('password', 'password');
    this.#write('account.toml', [
      'platform = "control-room"',
      `url = "${simulators.controlRoom}"`,
      'user = "ada"',
      'password-from = "file:password"',
      `ca-bundle = "${simulators.ca}"`,
      `store = "${place.url}"`,
      'keys = "keys.toml"',
      '',
    ].join('\n'));
  }

  /** A process of Node. Returns how its callers came to their tokens. */
  async node(rejected) {
    const env = {
      CONTROL_ROOM: this.simulators.controlRoom,
      CR_PASSWORD: 'password',
      NODE_EXTRA_CA_CERTS: this.simulators.ca,
      STORE: this.place.url,
      CLIENT: this.place.client ?? '',
      PLACE_KEY: this.#keys.placeKey,
      SEALING_KEY: this.#keys.sealingKey,
      ...(rejected && { REJECTED: rejected }),
    };
    return JSON.parse(await run('test/support/worker.js', { env }));
  }

  /** The command. Returns its token. */
  async rust(rejected) {
    const given = rejected ? ['renew', '--token-from', 'env:REJECTED'] : ['token'];
    const env = { PATH: process.env.PATH, HOME: this.#folder, ...(rejected && { REJECTED: rejected }) };
    const { stdout } = await promisify(execFile)(command, [...given, '--account', `${this.#folder}/account.toml`], { env });
    return stdout.trim();
  }

  /** Makes a token dead, as a login of somebody outside does. */
  async kill(token) {
    const dispatcher = new Agent({ connect: { ca: readFileSync(this.simulators.ca) } });
    await logout({ url: this.simulators.controlRoom, api: 'v2' }, token, { fetch, dispatcher });
    await dispatcher.close();
  }

  remove() {
    rmSync(this.#folder, { recursive: true });
  }

  #write(name, text) {
    writeFileSync(`${this.#folder}/${name}`, text, { mode: 0o600 });
  }
}

const digest = (token) => createHash('sha256').update(token).digest('hex');

for (const [name, start] of Object.entries(SHARED)) {
  const test = (work) => async () => {
    const [simulators, place] = [await startSimulators(), await start()];
    const fleet = new Fleet(simulators, place);
    try {
      await work(fleet, simulators);
    } finally {
      fleet.remove();
      await place.stop();
      await simulators.stop();
    }
  };

  describe(`programs that share a token in the store ${name}`, () => {
    it('log in once, and repair a dead token once, whoever is first', test(async (fleet, simulators) => {
      const together = async (rejected) => {
        const [one, other, token] = await Promise.all([fleet.node(rejected), fleet.node(rejected), fleet.rust(rejected)]);
        for (const grant of [...one, ...other]) assert.equal(grant.digest, digest(token));
        return token;
      };
      const dead = await together();
      assert.equal(simulators.count(LOGIN), 1);
      await fleet.kill(dead);
      assert.notEqual(await together(dead), dead);
      assert.equal(simulators.count(LOGIN), 2);
    }));
  });
}
