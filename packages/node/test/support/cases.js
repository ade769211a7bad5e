//! Reads the project's cases, which runners in every language read.

import { readdirSync, readFileSync } from 'node:fs';

import { parse } from 'smol-toml';

export const repository = new URL('../../../../', import.meta.url);

/** All cases of `flows` or `sessions`, each with the name of its file. */
export function readCases(kind) {
  const folder = new URL(`host-test/cases/${kind}/`, repository);
  const files = readdirSync(folder).filter((name) => name.endsWith('.toml')).sort();
  return files.flatMap((file) => parse(readFileSync(new URL(file, folder), 'utf8')).case.map((one) => ({ file, ...one })));
}

/** How many cases the files hold, counted without a reader of TOML. */
export function countCases(kind) {
  const folder = new URL(`host-test/cases/${kind}/`, repository);
  const files = readdirSync(folder).map((file) => readFileSync(new URL(file, folder), 'utf8'));
  return files.join('\n').match(/^\[\[case\]\]$/gm).length;
}

/** The names of the contract that have a dash, the longest first. */
export function dashedNames() {
  const names = new Set();
  for (const file of ['types', 'session', 'sans-io', 'auth']) {
    const text = readFileSync(new URL(`wit/${file}.wit`, repository), 'utf8');
    for (const [, name] of text.matchAll(/^\s+([a-z]+(?:-[a-z0-9]+)+):/gm)) names.add(name);
  }
  return [...names].sort((a, b) => b.length - a.length);
}
