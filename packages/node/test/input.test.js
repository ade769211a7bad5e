//! Wrong input is refused before the component is called, by name and without its value.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { AuthError, authenticate, clientCredentialsAuthenticate, InvalidArgument, MemoryStore, Session, validate } from 'rpa-auth';

import { account, credentials, errorOf, keys, room, SECRET } from './support/given.js';
import { Platform } from './support/platform.js';
import { allShown } from './support/seen.js';

const URL_OF_ROOM = 'http://127.0.0.1:9/x';

const throwing = {
  get username() {
    throw new Error(SECRET);
  },
  secret: { password: SECRET },
};

const { proxy: revoked, revoke } = Proxy.revocable({}, {});
revoke();

const trapping = new Proxy({}, {
  get() {
    throw new TypeError(SECRET);
  },
  ownKeys() {
    throw new TypeError(SECRET);
  },
});

/** Arguments of a login, and where they are wrong. */
const LOGINS = [
  ['controlRoom', undefined, credentials()],
  ['controlRoom', null, credentials()],
  ['controlRoom', SECRET, credentials()],
  ['controlRoom', [SECRET], credentials()],
  ['controlRoom', revoked, credentials()],
  ['controlRoom', trapping, credentials()],
  ['controlRoom.url', { api: 'v2' }, credentials()],
  ['controlRoom.url', { url: 7, api: 'v2' }, credentials()],
  ['controlRoom.url', { url: new String(SECRET), api: 'v2' }, credentials()],
  ['controlRoom.url', { url: null, api: 'v2' }, credentials()],
  ['controlRoom.api', { url: URL_OF_ROOM, api: 'V2' }, credentials()],
  ['controlRoom.api', { url: URL_OF_ROOM, api: 2 }, credentials()],
  ['controlRoom.api', { url: URL_OF_ROOM, api: 'constructor' }, credentials()],
  ['controlRoom.timeout', { url: URL_OF_ROOM, api: 'v2', timeout: 5 }, credentials()],
  ['controlRoom.transport', { url: URL_OF_ROOM, api: 'v2', transport: 'https' }, credentials()],
  ['controlRoom.transport.allowHttp', room(URL_OF_ROOM, { allowHttp: 'no' }), credentials()],
  ['controlRoom.transport.allowHttp', room(URL_OF_ROOM, { allowHttp: 1 }), credentials()],
  ['controlRoom.transport.totalTimeoutMs', room(URL_OF_ROOM, { totalTimeoutMs: -5 }), credentials()],
  ['controlRoom.transport.totalTimeoutMs', room(URL_OF_ROOM, { totalTimeoutMs: '5s' }), credentials()],
  ['controlRoom.transport.totalTimeoutMs', room(URL_OF_ROOM, { totalTimeoutMs: 1.5 }), credentials()],
  ['controlRoom.transport.totalTimeoutMs', room(URL_OF_ROOM, { totalTimeoutMs: Number.NaN }), credentials()],
  ['controlRoom.transport.totalTimeoutMs', room(URL_OF_ROOM, { totalTimeoutMs: 2 ** 32 }), credentials()],
  ['controlRoom.transport.totalTimeoutMs', room(URL_OF_ROOM, { totalTimeoutMs: 5n }), credentials()],
  ['controlRoom.transport.totalTimeoutMs', room(URL_OF_ROOM, { totalTimeoutMs: Symbol(SECRET) }), credentials()],
  ['transport.totalTimeoutMs', room(URL_OF_ROOM, { totalTimeoutMs: 0 }), credentials()],
  ['controlRoom.transport.headers', room(URL_OF_ROOM, { headers: { 'x-one': SECRET } }), credentials()],
  ['controlRoom.transport.headers', room(URL_OF_ROOM, { headers: revoked }), credentials()],
  ['controlRoom.transport.headers[1].value', room(URL_OF_ROOM, { headers: [{ name: 'x', value: 'y' }, { name: 'x' }] }), credentials()],
  ['controlRoom.transport.headers[0]', room(URL_OF_ROOM, { headers: [[SECRET, SECRET]] }), credentials()],
  ['credentials', room(URL_OF_ROOM), undefined],
  ['credentials', room(URL_OF_ROOM), () => SECRET],
  ['credentials.username', room(URL_OF_ROOM), { secret: { password: SECRET } }],
  ['credentials.username', room(URL_OF_ROOM), throwing],
  ['credentials.username', room(URL_OF_ROOM), { username: '\ud800', secret: { password: SECRET } }],
  ['credentials.username', room(URL_OF_ROOM), { username: '', secret: { password: SECRET } }],
  ['credentials.secret', room(URL_OF_ROOM), { username: 'ada' }],
  ['credentials.secret', room(URL_OF_ROOM), { username: 'ada', secret: SECRET }],
  ['credentials.secret', room(URL_OF_ROOM), { username: 'ada', secret: {} }],
  ['credentials.secret', room(URL_OF_ROOM), { username: 'ada', secret: { password: SECRET, apiKey: SECRET } }],
  ['credentials.secret', room(URL_OF_ROOM), { username: 'ada', secret: { [SECRET]: true } }],
  ['credentials.secret.apikey', room(URL_OF_ROOM), { username: 'ada', secret: { apikey: SECRET } }],
  ['credentials.secret.password', room(URL_OF_ROOM), { username: 'ada', secret: { password: [SECRET] } }],
  ['credentials.secret.password', room(URL_OF_ROOM), { username: 'ada', secret: { password: `${SECRET}\udc00` } }],
  ['credentials.secret.password', room(URL_OF_ROOM), { username: 'ada', secret: { password: SECRET.repeat(20_000) } }],
  ['credentials.mfaCode', room(URL_OF_ROOM), { ...credentials(), mfaCode: '123456' }],
  ['credentials.multipleLogin', room(URL_OF_ROOM), { ...credentials(), multipleLogin: 'false' }],
  ['credentials.pasword', room(URL_OF_ROOM), { ...credentials(), pasword: SECRET }],
];

const OPTIONS = [
  ['options', 'fast'],
  ['options', null],
  ['options.timeout', { timeout: 5 }],
  ['options.fetch', { fetch: SECRET }],
  ['options.dispatcher', { dispatcher: SECRET }],
  ['options.dispatcher', { dispatcher: {} }],
  ['options.signal', { signal: true }],
  ['options.signal', { signal: {} }],
  ['options.signal', { get signal() { throw new Error(SECRET); } }],
];

const sessionOptions = () => ({ store: new MemoryStore(), ...keys() });

const OPENINGS = [
  ['account', undefined, sessionOptions()],
  ['account.controlroom', { controlroom: {} }, sessionOptions()],
  ['account.controlRoom.credentials', { controlRoom: { controlRoom: room(URL_OF_ROOM) } }, sessionOptions()],
  ['options', account(URL_OF_ROOM), undefined],
  ['options.store', account(URL_OF_ROOM), keys()],
  ['options.store', account(URL_OF_ROOM), { ...keys(), store: 'redis://u:p@h' }],
  ['options.store.compareAndSet', account(URL_OF_ROOM), { ...keys(), store: { read() {} } }],
  ['options.placeKey', account(URL_OF_ROOM), { ...sessionOptions(), placeKey: SECRET }],
  ['options.placeKey', account(URL_OF_ROOM), { ...sessionOptions(), placeKey: new Uint8Array(31) }],
  ['options.placeKey', account(URL_OF_ROOM), { ...sessionOptions(), placeKey: undefined }],
  ['options.sealingKeys', account(URL_OF_ROOM), { ...sessionOptions(), sealingKeys: 'b2'.repeat(32) }],
  ['options.sealingKeys[0]', account(URL_OF_ROOM), { ...sessionOptions(), sealingKeys: ['xx'.repeat(32)] }],
  ['options.patience', account(URL_OF_ROOM), { ...sessionOptions(), patience: 5 }],
  ['options.patienceMs', account(URL_OF_ROOM), { ...sessionOptions(), patienceMs: '5s' }],
  ['options.lockoutLimit', account(URL_OF_ROOM), { ...sessionOptions(), lockoutLimit: 1 }],
  ['options.callsLimit', account(URL_OF_ROOM), { ...sessionOptions(), callsLimit: 0 }],
  ['options.apiUrl', account(URL_OF_ROOM), { ...sessionOptions(), apiUrl: 'https://u:p@h' }],
];

function check(error, path) {
  assert.ok(error instanceof InvalidArgument && error instanceof AuthError, String(error));
  assert.equal(error.path, path);
  assert.ok(error.message.startsWith(`${path}: `), error.message);
  assert.equal(error.mayHaveActed, false);
  assert.ok(!allShown(error).includes(SECRET), allShown(error));
}

describe('wrong input', () => {
  let platform;
  before(async () => {
    platform = await Platform.start();
  });
  after(() => platform.stop());

  for (const [at, [path, ...given]] of LOGINS.entries()) {
    it(`is refused by name: login ${at}, ${path}`, async () => {
      check(await errorOf(() => authenticate(...given)), path);
    });
  }

  for (const [at, [path, options]] of OPTIONS.entries()) {
    it(`is refused by name: option ${at}, ${path}`, async () => {
      platform.expect([]);
      check(await errorOf(() => authenticate(room(platform.origin), credentials(), options)), path);
      platform.check();
    });
  }

  for (const [at, [path, ...given]] of OPENINGS.entries()) {
    it(`is refused by name: session ${at}, ${path}`, async () => {
      check(await errorOf(() => Session.open(...given)), path);
    });
  }

  it('is never thrown at once: a call without arguments gives a promise', async () => {
    check(await errorOf(authenticate()), 'controlRoom');
    check(await errorOf(Session.open()), 'account');
  });

  it('in a list is named with its place', async () => {
    const server = { tokenUrl: 'https://h/identity_/connect/token' };
    const given = { clientId: 'app', clientSecret: SECRET, scopes: ['one', 2] };
    check(await errorOf(() => clientCredentialsAuthenticate(server, given)), 'credentials.scopes[1]');
  });

  it('of a token is refused without the token', async () => {
    for (const token of [undefined, 7, '', `${SECRET} x`, { value: SECRET }]) {
      check(await errorOf(() => validate(room(platform.origin), token)), 'token');
    }
  });

  it('that others left on every object is not read', async () => {
    const answer = { status: 200, headers: { 'content-type': 'application/json' }, body: '{"token":"opaque"}' };
    const request = { method: 'POST', path: '/v2/authentication', json: `{"username":"ada","password":"${SECRET}"}` };
    platform.expect([{ request, answer }]);
    Object.prototype.multipleLogin = true;
    try {
      await authenticate(room(platform.origin), credentials());
    } finally {
      delete Object.prototype.multipleLogin;
    }
    platform.check();
  });

  it('is read once: what a getter gives later does not count', async () => {
    let reads = 0;
    const given = { username: 'ada', get secret() { reads += 1; return { password: SECRET }; } };
    platform.expect([{
      request: { method: 'POST', path: '/v2/authentication', json: `{"username":"ada","password":"${SECRET}"}` },
      answer: { status: 200, body: '{"token":"opaque"}' },
    }]);
    await authenticate(room(platform.origin), given);
    platform.check();
    assert.equal(reads, 1);
  });
});
