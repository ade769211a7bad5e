//! The cases of the wire as tests, for one way to send.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { checkServerIdentity } from 'node:tls';

import { countCases } from './cases.js';
import { casesOn } from './hosts.js';
import { resultsAt, runWire } from './wire.js';
import { WireServer } from './wire-server.js';

/** Cases that Node cannot run, and those where it gives something else. */
const EXCEPTED = 0;
const DIFFERING = 4;

const OVER_IPV6 = 'an address of IPv6 is reached over TLS';

/** Whether this Node takes a certificate for an IPv6 address: some releases take none (nodejs/node#64144). */
const TAKES_IPV6 = !checkServerIdentity('::1', { subject: {}, subjectaltname: 'IP Address:::1' });

/** A case as this release of Node has it. */
function here(one) {
  if (one.name !== OVER_IPV6 || TAKES_IPV6) return one;
  const result = { error: { unreachable: { failure: 'tls', 'may-have-acted': false } } };
  return { ...one, seen: { requests: 0 }, calls: one.calls.map((call) => ({ ...call, result })) };
}

/** Runs every case at once. `optionsFor` gives the options of the calls at a place. */
export function wireSuite(title, rpaAuth, optionsFor) {
  describe(title, () => {
    const { cases: all, excepted, differing } = casesOn('node', 'wire');
    const cases = all.map(here);
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
