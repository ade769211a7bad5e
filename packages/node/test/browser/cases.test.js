//! Every case of the flows, of the sessions and of the wire in a page of a headless Chromium, with
//! the package as a page gets it.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { countCases, dashedNames } from '../support/cases.js';
import { casesOn } from '../support/hosts.js';
import { Platform } from '../support/platform.js';
import { resultsAt } from '../support/wire.js';
import { WireServer } from '../support/wire-server.js';
import { openPage } from './chromium.js';
import { startPageServer } from './page-server.js';

/** How many of the cases a page cannot run, and in how many it gives something else. */
const EXCEPTED = { flows: 1, sessions: 0, wire: 3 };
const DIFFERING = { flows: 22, sessions: 1, wire: 51 };

const names = dashedNames();
const on = (kind) => casesOn('browser', kind);

let pages;
let wire;
let browser;

before(async () => {
  pages = await startPageServer();
  wire = await WireServer.start('--cors');
  browser = await openPage(`${pages.origin}/`, wire.certificate);
});

after(async () => {
  await browser?.close();
  await wire?.stop();
  await pages?.stop();
});

describe('the cases of the flows in a page', () => {
  const { cases } = on('flows');
  const platforms = new Map();
  let came;

  before(async () => {
    for (const one of cases) {
      const platform = await Platform.start({ cors: true });
      platform.expect(one.exchange);
      platforms.set(one.name, platform);
    }
    const given = cases.map((one) => ({ one, origin: platforms.get(one.name).origin }));
    came = await browser.page.evaluate((given, names) => globalThis.runFlows(given, names), given, names);
  });
  after(() => Promise.all([...platforms.values()].map((platform) => platform.stop())));

  for (const [at, { file, name }] of cases.entries()) {
    it(`${file}: ${name}`, () => {
      const { came: result, expected } = resultOf(came[at]);
      assert.deepEqual(result, expected);
      platforms.get(name).check();
    });
  }
});

describe('the cases of the sessions in a page', () => {
  const { cases } = on('sessions');
  const platforms = new Map();
  const wrong = new Map();
  let came;

  before(async () => {
    for (const one of cases) platforms.set(one.name, await Platform.start({ cors: true }));
    const byName = new Map(cases.map((one) => [one.name, one]));
    await browser.page.exposeFunction('begun', (name, number) => {
      platforms.get(name).expect(byName.get(name).call[number].exchange);
    });
    await browser.page.exposeFunction('ended', (name, number) => {
      try {
        platforms.get(name).check();
      } catch (error) {
        wrong.set(name, `call ${number}: ${error.message}`);
      }
    });
    const given = cases.map((one) => ({ one, origin: platforms.get(one.name).origin }));
    came = await browser.page.evaluate((given, names) => globalThis.runSessions(given, names), given, names);
  });
  after(() => Promise.all([...platforms.values()].map((platform) => platform.stop())));

  for (const [at, one] of cases.entries()) {
    it(`${one.file}: ${one.name}`, () => {
      const { refused, expected, calls } = resultOf(came[at]);
      assert.deepEqual(refused, expected);
      assert.equal(calls.length, one.call?.length ?? 0);
      for (const { came: result, expected: wanted, absent } of calls) {
        assert.deepEqual(result, wanted);
        assert.deepEqual(absent, []);
      }
      assert.equal(wrong.get(one.name), undefined);
    });
  }
});

describe('the cases of the wire in a page', () => {
  const { cases } = on('wire');
  const expected = new Map();
  let came;

  before(async () => {
    for (const one of cases) expected.set(one.name, resultsAt(wire.places[one.name], one));
    const given = cases.map((one) => ({ one, url: wire.places[one.name].url, expected: expected.get(one.name) }));
    came = await browser.page.evaluate((given) => globalThis.runWires(given), given);
  });

  for (const [at, { file, name }] of cases.entries()) {
    it(`${file}: ${name}`, () => assert.deepEqual(resultOf(came[at]), expected.get(name)));
  }

  it('are seen by the servers as they should be', async () => assert.deepEqual(await wire.unseen(cases), []));
});

describe('in a page', () => {
  for (const kind of ['flows', 'sessions', 'wire']) {
    it(`the cases of ${kind} are all there`, () => {
      const { cases, excepted, differing } = on(kind);
      assert.equal(cases.length + excepted, countCases(kind));
      assert.equal(excepted, EXCEPTED[kind]);
      assert.equal(differing, DIFFERING[kind]);
    });
  }

  it('nothing went wrong that nobody caught', () => assert.deepEqual(browser.errors, []));
});

/** What the page says of a case, where the page itself did not fail. */
function resultOf({ result, failed }) {
  assert.equal(failed, undefined);
  return result;
}
