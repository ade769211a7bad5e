//! The cases of the wire as tests, for one way to send.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { countCases } from './cases.js';
import { casesOn } from './hosts.js';
import { resultsAt, runWire } from './wire.js';
import { WireServer } from './wire-server.js';

/** Cases that Node cannot run, and those where it gives something else. */
const EXCEPTED = 0;
const DIFFERING = 4;

/** Runs every case at once. `optionsFor` gives the options of the calls at a place. */
export function wireSuite(title, rpaAuth, optionsFor) {
  describe(title, () => {
    const { cases, excepted, differing } = casesOn('node', 'wire');
    const running = new Map();
    const expected = {};
    let server;

    before(async () => {
      server = await WireServer.start();
      for (const one of cases) {
        const place = server.places[one.name];
        expected[one.name] = resultsAt(place, one);
        const came = runWire(rpaAuth, one, place.url, expected[one.name], optionsFor(place));
        // It is looked at by the test of the case.
        came.catch(() => {});
        running.set(one.name, came);
      }
    });
    after(() => server.stop());

    for (const { file, name } of cases) {
      it(`${file}: ${name}`, async () => assert.deepEqual(await running.get(name), expected[name]));
    }

    it('are seen by the servers as they should be', async () => {
      await Promise.allSettled(running.values());
      assert.deepEqual(await server.unseen(cases), []);
    });

    it('are all there', () => {
      assert.equal(cases.length + excepted, countCases('wire'));
      assert.equal(excepted, EXCEPTED);
      assert.equal(differing, DIFFERING);
    });
  });
}
