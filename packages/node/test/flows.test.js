//! Every case of the flows, over real HTTP.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import * as rpaAuth from 'rpa-auth';

import { countCases, dashedNames, readCases } from './support/cases.js';
import { runFlow } from './support/flows.js';
import { Platform } from './support/platform.js';

const cases = readCases('flows');
const names = dashedNames();

/** What cannot be done here, and why. */
const LEFT_OUT = {};

describe('the cases of the flows', () => {
  let platform;
  before(async () => {
    platform = await Platform.start();
  });
  after(() => platform.stop());

  for (const one of cases) {
    it(`${one.file}: ${one.name}`, { skip: LEFT_OUT[one.name] }, async () => {
      platform.expect(one.exchange);
      const { came, expected } = await runFlow(rpaAuth, one, platform.origin, names);
      assert.deepEqual(came, expected);
      platform.check();
    });
  }

  it('are all there', () => {
    assert.equal(cases.length, countCases('flows'));
    const known = new Set(cases.map(({ name }) => name));
    assert.deepEqual(Object.keys(LEFT_OUT).filter((name) => !known.has(name)), []);
  });
});
