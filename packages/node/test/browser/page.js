//! What runs in the page: the calls of the cases, by the package. The test compares.

import * as rpaAuth from 'rpa-auth';

import { runFlow } from '/support/flows.js';
import { SessionsOfACase } from '/support/sessions.js';
import { runWire } from '/support/wire.js';

/** How many cases run at once. A page has 256 connections, and each case an origin of its own. */
const AT_ONCE = 24;

/** Runs flows, each at its platform. */
globalThis.runFlows = (flows, names) => each(flows, ({ one, origin }) => runFlow(rpaAuth, one, origin, names));

/** Runs sessions, each at its platform. Before and after each call the test is told. */
globalThis.runSessions = (sessions, names) =>
  each(sessions, async ({ one, origin }) => {
    const opened = new SessionsOfACase(rpaAuth, one, origin, names, { store: new rpaAuth.MemoryStore() });
    try {
      const refused = await opened.open();
      const calls = [];
      for (const [number, call] of opened.calls.entries()) {
        await globalThis.begun(one.name, number);
        calls.push(await opened.run(call));
        await globalThis.ended(one.name, number);
      }
      return { refused, expected: one.refused && opened.refused, calls };
    } finally {
      opened.close();
    }
  });

/** Runs cases of the wire, all at once: most of them wait for a limit. */
globalThis.runWires = (wires) =>
  Promise.all(wires.map(({ one, url, expected }) => said(() => runWire(rpaAuth, one, url, expected))));

/** Runs something for each item, so many at once. */
async function each(items, run) {
  const results = [];
  const left = items.entries();
  const worker = async () => {
    for (const [at, item] of left) results[at] = await said(() => run(item));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

/** A result, or what went wrong with the test itself. */
async function said(run) {
  try {
    return { result: await run() };
  } catch (error) {
    return { failed: `${error}\n${error.stack}` };
  }
}
