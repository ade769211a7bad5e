//! What the README shows is what the examples are, and those are run.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { it } from 'node:test';

import * as rpaAuth from 'rpa-auth';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const examples = new URL('../examples/', import.meta.url);

it('every snippet of the README is an example, word for word, and every example is shown', () => {
  const shown = [...readme.matchAll(/^(?:<!-- examples\/(\S+) -->\n)?```js\n(.*?)^```$/gms)];
  for (const [snippet, name, text] of shown) {
    assert.ok(name, `no example: ${snippet}`);
    assert.equal(text, readFileSync(new URL(name, examples), 'utf8'), name);
  }
  assert.deepEqual(shown.map(([, name]) => name).sort(), readdirSync(examples).sort());
});

it('every class of errors has a row in the README, and nothing else has', () => {
  const [, table] = /\| class \| `kind`.*?\n\|[-|]+\n(.*?)\n\n/s.exec(readme);
  const named = [...table.matchAll(/^\| ([^|]*) \|/gm)].flatMap(([, cell]) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name));
  const classes = Object.entries(rpaAuth)
    .filter(([, value]) => typeof value === 'function' && value.prototype instanceof Error)
    .map(([name]) => name)
    .filter((name) => name !== 'AuthError' && name !== 'SessionError');
  assert.deepEqual(named.sort(), classes.sort());
});
