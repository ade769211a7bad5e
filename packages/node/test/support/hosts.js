//! The cases as one host runs them: `host-test/cases/hosts` says what it cannot do as the others do.

import { readFileSync } from 'node:fs';

import { parse } from 'smol-toml';

import { readCases, repository } from './cases.js';

/** Where the results of a case stand. */
const KINDS = {
  flows: {
    results: (one) => [one.result],
    put: (one, [result]) => ({ ...one, result }),
  },
  sessions: {
    results: (one) => (one.call ?? []).map(({ result }) => result),
    put: (one, results) => ({ ...one, call: one.call.map((call, at) => ({ ...call, result: results[at] })) }),
  },
  wire: {
    results: (one) => one.calls.map(({ result }) => result),
    put: (one, results) => ({ ...one, calls: one.calls.map((call, at) => ({ ...call, result: results[at] })) }),
  },
};

/**
 * The cases of a kind that `host` can run, each with what it gives there; how many it cannot run,
 * and in how many it gives something else.
 */
export function casesOn(host, kind) {
  const all = Object.fromEntries(Object.keys(KINDS).map((each) => [each, readCases(each)]));
  const known = new Set(Object.values(all).flatMap((cases) => cases.map(({ name }) => name)));
  const cases = new Map(all[kind].map((one) => [one.name, one]));
  const touched = new Set();
  let excepted = 0;
  let differing = 0;
  const { except = [], differs = [] } = parse(readFileSync(new URL(`host-test/cases/hosts/${host}.toml`, repository), 'utf8'));
  for (const entry of [...except, ...differs]) {
    for (const name of entry.cases) {
      if (!entry.why || !known.has(name) || touched.has(name)) throw new Error(`${name}: a case, once, and for a reason`);
      touched.add(name);
      const one = cases.get(name);
      if (one === undefined) continue;
      if (except.includes(entry)) {
        excepted += 1;
        cases.delete(name);
      } else {
        differing += 1;
        cases.set(name, asItIs(one, KINDS[kind], entry));
      }
    }
  }
  return { cases: [...cases.values()], excepted, differing };
}

function asItIs(one, { results: found, put }, { results, seen }) {
  const wanted = results ?? found(one);
  if (wanted.length !== found(one).length || !(results || seen)) throw new Error(`${one.name}: one result for each call`);
  return { ...put(one, wanted), ...(seen && { seen }) };
}
