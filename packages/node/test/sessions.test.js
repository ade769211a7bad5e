//! Every case of the sessions, over real HTTP and a store in memory.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import * as rpaAuth from 'rpa-auth';

import { countCases, dashedNames, readCases } from './support/cases.js';
import { Platform } from './support/platform.js';
import { SessionsOfACase } from './support/sessions.js';

const cases = readCases('sessions');
const names = dashedNames();

/** What cannot be done here, and why. */
const LEFT_OUT = {};

describe('the cases of the sessions', { concurrency: 8 }, () => {
  for (const one of cases) {
    it(`${one.file}: ${one.name}`, { skip: LEFT_OUT[one.name] }, async () => {
      const platform = await Platform.start();
      const sessions = new SessionsOfACase(rpaAuth, one, platform.origin, names, { store: new rpaAuth.MemoryStore() });
      try {
        const refused = await sessions.open();
        assert.deepEqual(refused, one.refused && sessions.refused);
        for (const call of sessions.calls) {
          platform.expect(call.exchange);
          const { came, expected, absent } = await sessions.run(call);
          assert.deepEqual(came, expected);
          assert.deepEqual(absent, []);
          platform.check();
        }
      } finally {
        sessions.close();
        await platform.stop();
      }
    });
  }

  it('are all there', () => {
    assert.equal(cases.length, countCases('sessions'));
    const known = new Set(cases.map(({ name }) => name));
    assert.deepEqual(Object.keys(LEFT_OUT).filter((name) => !known.has(name)), []);
  });
});
