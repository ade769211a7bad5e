//! A token shows itself to nobody who did not ask for it.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';

import * as esm from 'rpa-auth';

import { allShown } from './support/seen.js';

const cjs = createRequire(import.meta.url)('rpa-auth');

const VALUE = 't0k3n-of-ada';

const FIELDS = {
  value: VALUE,
  header: { name: 'Authorization', value: `Bearer ${VALUE}` },
  lifetimeSeconds: 1200,
  lifetimeSource: 'claims',
  expiresAtSeconds: 1_800_000_000,
  multipleLogin: false,
  scopes: ['one', 'two'],
};

const read = (fields = FIELDS) => esm.Token.deserialize(JSON.stringify(fields));

describe('a token', () => {
  it('has its fields', () => {
    const token = read();
    assert.equal(token.value, VALUE);
    assert.deepEqual([token.header.name, token.header.value], ['Authorization', `Bearer ${VALUE}`]);
    assert.deepEqual([token.lifetimeSeconds, token.lifetimeSource, token.multipleLogin], [1200, 'claims', false]);
    assert.deepEqual(token.scopes, ['one', 'two']);
    assert.equal(token.expiresAt.getTime(), 1_800_000_000_000);
  });

  it('is shown without its value', () => {
    const token = read();
    for (const value of [token, token.header]) assert.ok(!allShown(value).includes(VALUE), allShown(value));
    assert.match(allShown(token), /redacted/);
    assert.ok(!JSON.stringify({ token, grant: { token } }).includes(VALUE));
    assert.ok(!JSON.stringify(Object.entries(token)).includes(VALUE));
    assert.ok(!JSON.stringify({ ...token }).includes(VALUE));
    assert.throws(() => structuredClone({ token }).token.value.length);
  });

  it('is written on purpose, and read back', () => {
    const text = read().serialize();
    assert.ok(text.includes(VALUE));
    assert.deepEqual(JSON.parse(esm.Token.deserialize(text).serialize()), FIELDS);
  });

  it('keeps of what it is read from its own fields alone', () => {
    const more = { ...FIELDS, password: 'pa55', header: { ...FIELDS.header, password: 'pa55' } };
    assert.deepEqual(JSON.parse(read(more).serialize()), FIELDS);
  });

  for (const [name, text] of Object.entries({
    'no text': undefined,
    'no JSON': VALUE,
    'null': 'null',
    'a number': '7',
    'what JSON.stringify shows': JSON.stringify(read()),
    'no value': JSON.stringify({ ...FIELDS, value: undefined }),
    'a value of another type': JSON.stringify({ ...FIELDS, value: [VALUE] }),
    'no header': JSON.stringify({ ...FIELDS, header: undefined }),
    'a lifetime in words': JSON.stringify({ ...FIELDS, lifetimeSeconds: 'long' }),
    'another source': JSON.stringify({ ...FIELDS, lifetimeSource: 'guess' }),
    'scopes in one text': JSON.stringify({ ...FIELDS, scopes: 'one two' }),
  })) {
    it(`is not read from ${name}, and what was given is not shown`, () => {
      assert.throws(
        () => esm.Token.deserialize(text),
        (error) => error instanceof esm.InvalidArgument && error.path === 'text' && !allShown(error).includes(VALUE),
      );
    });
  }
});

describe('instanceof', () => {
  const tokens = [read(), cjs.Token.deserialize(JSON.stringify(FIELDS))];

  it('works between the two kinds of module', async () => {
    for (const token of tokens) assert.ok(token instanceof esm.Token && token instanceof cjs.Token);
    for (const one of [esm, cjs]) {
      for (const other of [esm, cjs]) {
        const error = await one.authenticate().catch((error) => error);
        assert.ok(error instanceof other.InvalidArgument);
        assert.ok(error instanceof other.AuthError);
        assert.ok(error instanceof Error);
        assert.ok(!(error instanceof other.Rejected));
        assert.ok(!(error instanceof other.SessionError));
        assert.ok(new one.StoreError('other', 'x') instanceof other.SessionError);
      }
    }
  });

  it('takes nothing else for one of ours', () => {
    for (const value of [undefined, null, 7, 'text', {}, new Error('x'), Object.create(null)]) {
      assert.ok(!(value instanceof esm.AuthError) && !(value instanceof esm.Token));
    }
  });

  it('is the usual one for a class that a program derives', () => {
    class Own extends esm.AuthError {}
    assert.ok(!(new esm.StoreError('other') instanceof Own));
    assert.ok(Object.create(Own.prototype) instanceof Own);
  });

  it('a token of one kind is taken by the other', async () => {
    const fetch = async () => new Response('{"valid":true}');
    const controlRoom = { url: 'https://h', api: 'v2' };
    for (const one of [esm, cjs]) {
      for (const token of tokens) assert.equal(await one.validate(controlRoom, token, { fetch }), true);
    }
  });
});
