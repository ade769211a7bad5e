//! How a session runs: many callers, abandoned calls, stores that fail, and calls of the API.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { Ended, InvalidArgument, MemoryStore, Session, StoreError, TooManyCalls, Unreachable } from 'rpa-auth';

import { account, errorOf, keys, SECRET } from './support/given.js';
import { good, httpServer, rawServer, TOKEN } from './support/raw.js';
import { allShown } from './support/seen.js';
import { freePort } from './support/servers.js';

/** A login that is answered when a test says so. */
class Gate {
  #open;
  #opened = new Promise((resolve) => { this.#open = resolve; });
  #came;
  came = new Promise((resolve) => { this.#came = resolve; });

  answer = async (response) => {
    this.#came();
    await this.#opened;
    good(response);
  };

  open() {
    this.#open();
  }
}

async function withServer(answer, test) {
  const server = await httpServer(answer);
  try {
    await test(server);
  } finally {
    await server.stop();
  }
}

const open = (server, options) => Session.open(account(server.origin), { store: new MemoryStore(), ...keys(), ...options });

/** A store of which a test sees and says what it does. */
function storeThat(change) {
  const store = new MemoryStore();
  return {
    read: (...given) => (change.read ?? store.read.bind(store))(...given),
    compareAndSet: (...given) => (change.compareAndSet ?? store.compareAndSet.bind(store))(...given),
    store,
  };
}

describe('many callers', () => {
  it('at one time cost one login', () => withServer((response) => good(response), async (server) => {
    const store = new MemoryStore();
    const sessions = await Promise.all(Array.from({ length: 3 }, () => open(server, { store })));
    const calls = Array.from({ length: 150 }, (_, at) => sessions[at % 3].token());
    const grants = await Promise.all(calls);
    assert.equal(server.requests.length, 1);
    assert.equal(grants.filter(({ origin }) => origin === 'login').length, 1);
    assert.ok(grants.every(({ token }) => token.value === 't0k3n-of-ada'));
    for (const session of sessions) session.close();
  }));

  it('are bounded: one more waits, and is refused in the end', () => {
    const gate = new Gate();
    return withServer(gate.answer, async (server) => {
      const session = await open(server, { callsLimit: 1, patienceMs: 300 });
      const first = session.token();
      await gate.came;
      const error = await errorOf(session.token());
      assert.ok(error instanceof TooManyCalls, String(error));
      assert.equal(error.mayHaveActed, false);
      // What operators ask comes through.
      assert.equal((await session.status()).state, 'renewing');
      const waiting = session.token();
      gate.open();
      assert.equal((await first).origin, 'login');
      assert.notEqual((await waiting).origin, 'login');
      session.close();
    });
  });

  it('keep a slow login: its holder says that it lives', () => {
    const gate = new Gate();
    return withServer(gate.answer, async (server) => {
      let writes = 0;
      const store = new MemoryStore();
      const counting = storeThat({
        read: store.read.bind(store),
        compareAndSet: (...given) => {
          writes += 1;
          return store.compareAndSet(...given);
        },
      });
      const session = await open(server, { store: counting });
      const call = session.token();
      await gate.came;
      const before = writes;
      while (writes < before + 2) await sleep(50);
      gate.open();
      assert.equal((await call).origin, 'login');
      assert.equal(server.requests.length, 1);
      session.close();
    });
  });
});

describe('a caller who goes away', () => {
  it('before anything was done leaves nothing behind', () => withServer((response) => good(response), async (server) => {
    const session = await open(server);
    const reason = new Error('not today');
    assert.equal(await errorOf(session.token({ signal: AbortSignal.abort(reason) })), reason);
    assert.equal((await session.status()).attempt, 0);
    assert.equal(server.requests.length, 0);
    session.close();
  }));

  it('after the login left does not end it: it is heard, and others have its token', () => {
    const gate = new Gate();
    return withServer(gate.answer, async (server) => {
      const store = new MemoryStore();
      const [one, other] = [await open(server, { store }), await open(server, { store })];
      const controller = new AbortController();
      const call = errorOf(one.token({ signal: controller.signal }));
      await gate.came;
      controller.abort();
      assert.equal((await call).name, 'AbortError');
      gate.open();
      assert.equal((await other.token()).token.value, 't0k3n-of-ada');
      assert.equal(server.requests.length, 1);
      one.close();
      other.close();
    });
  });

  it('while it waits for another is let go: nothing of it is left', () => {
    const gate = new Gate();
    return withServer(gate.answer, async (server) => {
      const store = new MemoryStore();
      let begun = 0;
      const counting = storeThat({
        read: (key, unlessVersion, waitMs) => {
          if (unlessVersion === undefined) begun += 1;
          return store.read(key, unlessVersion, waitMs);
        },
        compareAndSet: store.compareAndSet.bind(store),
      });
      const [one, other] = [await open(server, { store }), await open(server, { store: counting, callsLimit: 1 })];
      const holder = one.token();
      await gate.came;
      const controller = new AbortController();
      const call = errorOf(other.token({ signal: controller.signal }));
      while (begun < 1) await sleep(10);
      controller.abort();
      assert.equal((await call).name, 'AbortError');
      // Its place is free again, though the login is still under way: far less than its patience later.
      const next = other.token();
      for (let times = 0; begun < 2 && times < 500; times += 1) await sleep(10);
      assert.equal(begun, 2);
      gate.open();
      assert.equal((await next).token.value, 't0k3n-of-ada');
      await holder;
      one.close();
      other.close();
    });
  });
});

describe('a store', () => {
  const failures = {
    'throws an error of its own': [() => { throw new Error(SECRET); }, 'unavailable'],
    'throws no error': [() => { throw SECRET; }, 'unavailable'],
    'throws what throws when it is looked at': [() => { throw new Proxy({}, { getPrototypeOf() { throw new Error(SECRET); } }); }, 'unavailable'],
    'rejects with a StoreError': [async () => { throw new StoreError('other', 'the disk is full'); }, 'other', 'the disk is full'],
    'is not there any more': [async () => { throw new StoreError('unavailable', 'gone'); }, 'unavailable', 'gone'],
    'gives a number': [async () => 7, 'other'],
    'gives an entry without an age': [async () => ({ value: new Uint8Array(), version: 'x' }), 'other'],
    'gives a value of another type': [async () => ({ value: 'text', version: 'x', ageMs: 0 }), 'other'],
    'gives a value that is too long': [async () => ({ value: new Uint8Array(65_537), version: 'x', ageMs: 0 }), 'other', 'read gave a value of more than 64 KiB'],
    'gives a negative age': [async () => ({ value: new Uint8Array(), version: 'x', ageMs: -1 }), 'other'],
    'gives half a surrogate pair': [async () => ({ value: new Uint8Array(), version: '\ud800', ageMs: 0 }), 'other'],
  };

  for (const [what, [fail, problem, reason]] of Object.entries(failures)) {
    it(`that ${what} costs the call a typed error, and the next one works`, () => withServer((response) => good(response), async (server) => {
      const change = { read: fail };
      const session = await open(server, { store: storeThat(change), patienceMs: 50 });
      const error = await errorOf(session.token());
      assert.ok(error instanceof StoreError, String(error));
      assert.equal(error.problem, problem);
      assert.equal(error.kind, `store-${problem}`);
      if (reason) assert.equal(error.reason, reason);
      assert.ok(!allShown(error).includes(SECRET), allShown(error));
      assert.equal(server.requests.length, 0);
      change.read = undefined;
      assert.equal((await session.token()).origin, 'login');
      session.close();
    }));
  }

  it('that does not write costs the call a typed error, and nothing is sent', () => withServer((response) => good(response), async (server) => {
    const change = { compareAndSet: async () => { throw new StoreError('unavailable', 'read only'); } };
    const session = await open(server, { store: storeThat(change), patienceMs: 50 });
    const error = await errorOf(session.token());
    assert.deepEqual([error.problem, error.reason], ['unavailable', 'read only']);
    assert.equal(server.requests.length, 0);
    change.compareAndSet = async () => 7;
    assert.equal((await errorOf(session.token())).problem, 'other');
    change.compareAndSet = undefined;
    assert.equal((await session.token()).origin, 'login');
    session.close();
  }));

  it('that does not hold its answer back is not asked again at once', () => {
    const gate = new Gate();
    return withServer(gate.answer, async (server) => {
      const times = [];
      const shared = new MemoryStore();
      const hasty = storeThat({
        read: (key, unlessVersion) => {
          if (unlessVersion !== undefined) times.push(performance.now());
          return shared.read(key, undefined, 0);
        },
        compareAndSet: shared.compareAndSet.bind(shared),
      });
      const holder = await open(server, { store: shared });
      const waiter = await open(server, { store: hasty });
      const login = holder.token();
      await gate.came;
      const call = waiter.token();
      while (times.length < 4) await sleep(10);
      gate.open();
      await call;
      await login;
      for (const [at, time] of times.entries()) {
        // A timer of 100 ms may end within the millisecond before.
        if (at > 0 && at < 4) assert.ok(time - times[at - 1] >= 99, `${time - times[at - 1]} ms`);
      }
      holder.close();
      waiter.close();
    });
  });
});

describe('a session', () => {
  it('says of a platform that is away what stood in the way', async () => {
    const port = await freePort();
    const session = await open({ origin: `http://127.0.0.1:${port}` });
    const error = await errorOf(session.token());
    assert.ok(error instanceof Unreachable, String(error));
    assert.deepEqual([error.failure, error.mayHaveActed, error.cause.code], ['refused', false, 'ECONNREFUSED']);
    session.close();
  });

  it('is ended for everybody, and reopened', () => withServer(
    (response, { url }) => (url.endsWith('logout') ? response.writeHead(204).end() : good(response)),
    async (server) => {
      const store = new MemoryStore();
      const [one, other] = [await open(server, { store }), await open(server, { store })];
      await one.token();
      await other.endForAll();
      assert.equal(server.requests.length, 2);
      assert.ok((await errorOf(one.token())) instanceof Ended);
      await one.reopen();
      assert.equal((await other.token()).origin, 'login');
      await one.resetRefusals();
      one.close();
      other.close();
    },
  ));

  it('that was closed makes no more calls', () => withServer((response) => good(response), async (server) => {
    const session = await open(server);
    await session.token();
    session.close();
    session.close();
    assert.ok((await errorOf(session.token())) instanceof InvalidArgument);
  }));

  it('shows nothing of its account and keys', () => withServer((response) => good(response), async (server) => {
    const session = await open(server);
    const grant = await session.token();
    const shown = allShown(session) + allShown(grant);
    for (const hidden of [SECRET, keys().placeKey, keys().sealingKeys[0], 't0k3n-of-ada']) assert.ok(!shown.includes(hidden), hidden);
    session.close();
  }));

  it('leaves nothing that keeps a program from its end', () => withServer((response) => good(response), async (server) => {
    const before = timers();
    const session = await open(server);
    await session.token();
    await errorOf(session.token({ signal: AbortSignal.abort() }));
    session.close();
    assert.equal(timers(), before);
  }));
});

const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

/** A Control Room whose API takes only the latest token. */
class Room {
  logins = 0;
  api = [];
  /** The token that counts; none where every one is dead. */
  live;

  answer = (response, { method, url, headers, body }) => {
    if (url === '/v2/authentication') {
      this.logins += 1;
      this.live = `t0k3n-${this.logins}`;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ token: this.live }));
    } else if (url.startsWith('/v1/authentication/token')) {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ valid: headers['x-authorization'] === this.live }));
    } else {
      this.api.push({ method, url, headers, body });
      const isGood = headers['x-authorization'] === this.live && !url.startsWith('/forbidden');
      response.writeHead(isGood ? 200 : 401).end(`seen: ${body}`);
    }
  };
}

describe('a call of the API', () => {
  const test = (work, options) => () => {
    const room = new Room();
    return withServer(room.answer, async (server) => {
      const session = await open(server, options);
      try {
        await work({ room, server, session });
      } finally {
        session.close();
      }
    });
  };

  it('has the token put on, and nothing that says something else', test(async ({ room, session }) => {
    const headers = { 'x-own': '1', Authorization: SECRET, 'X-Authorization': SECRET, Cookie: SECRET, 'X-HTTP-Method-Override': 'DELETE', 'X-Original-URL': '/x' };
    const answer = await session.fetch('/v3/x?a=1', { headers });
    assert.equal(answer.status, 200);
    const [seen] = room.api;
    assert.deepEqual([seen.method, seen.url], ['GET', '/v3/x?a=1']);
    assert.deepEqual([seen.headers['x-own'], seen.headers['x-authorization'], seen.headers.accept], ['1', 't0k3n-1', 'application/json']);
    assert.ok(!JSON.stringify(seen.headers).includes(SECRET));
    for (const name of ['x-http-method-override', 'x-original-url', 'cookie', 'authorization']) assert.equal(seen.headers[name], undefined);
  }));

  for (const [name, body, isSentAgain] of [
    ['no body', () => undefined, true],
    ['a text', () => 'body', true],
    ['bytes', () => new TextEncoder().encode('body'), true],
    ['a buffer', () => new TextEncoder().encode('body').buffer, true],
    ['a blob', () => new Blob(['body']), true],
    ['a form', () => new URLSearchParams({ a: 'b' }), true],
    ['a stream', () => new Blob(['body']).stream(), false],
    ['an iterable', () => (async function* () { yield new TextEncoder().encode('body'); })(), false],
  ]) {
    it(`with ${name} and a dead token is ${isSentAgain ? 'sent again with the next' : 'answered with the 401'}`, test(async ({ room, session }) => {
      await session.token();
      room.live = undefined;
      const method = body() === undefined ? 'GET' : 'POST';
      const answer = await session.fetch('/v3/x', { method, body: body() });
      assert.equal(room.logins, 2);
      assert.equal(answer.status, isSentAgain ? 200 : 401);
      assert.equal(room.api.length, isSentAgain ? 2 : 1);
      if (isSentAgain) assert.equal(room.api[1].body, room.api[0].body);
      // The next call has the new token.
      assert.equal((await session.fetch('/v3/y')).status, 200);
    }));
  }

  it('that is refused with a good token is answered with the 401, and the token stays', test(async ({ room, session }) => {
    assert.equal((await session.fetch('/forbidden')).status, 401);
    assert.deepEqual([room.logins, room.api.length], [1, 1]);
  }));

  it('renews the token once for all', test(async ({ room, session }) => {
    await session.token();
    room.live = undefined;
    const answers = await Promise.all(Array.from({ length: 20 }, () => session.fetch('/v3/x')));
    assert.ok(answers.every(({ status }) => status === 200));
    assert.equal(room.logins, 2);
  }));

  for (const path of [
    'v3/x', 'https://elsewhere.example/x', '//elsewhere.example/x/..', '/../x', '/a/%2e%2E/x', '/a/..%2fx', '/a/..%5Cx', '/./x', '/x#y', '/x y', '/x\n', '/é',
    '/v2/authentication', '/v1/authentication/logout', '/V2/Authentication/token', '//v2//authentication/', '/v2/%61uthentication',
    '/v2;a=b/authentication;c', '/v2%2fauthentication', '/v2/authentication.', '/v2/authentication%20', '/v2/authentication%00',
    '/v2/authentication%3Fx', '/v2/authentication%23x', '/v2%09/authentication', '/v2/%2561uthentication', '/v2/%252561uthentication', '/a/..%20/x',
    '', undefined, 7,
  ]) {
    it(`to ${JSON.stringify(path)} is not sent`, test(async ({ room, session }) => {
      const error = await errorOf(session.fetch(path));
      assert.ok(error instanceof InvalidArgument && error.path === 'path', String(error));
      assert.deepEqual([room.logins, room.api.length], [0, 0]);
    }));
  }

  it('to a path that only looks like a login is sent', test(async ({ room, session }) => {
    await session.fetch('/v2/repository/authentication');
    assert.equal(room.api.length, 1);
  }));

  for (const [path, init] of [
    ['init.method', { method: 'TRACE' }],
    ['init.method', { method: 'CONNECT' }],
    ['init.method', { method: 'G\nET' }],
    ['init.headers', { headers: { 'x\n': 'y' } }],
    ['init.redirect', { redirect: 'follow' }],
    ['init.signal', { signal: 1 }],
  ]) {
    it(`with ${JSON.stringify(init)} is not sent`, test(async ({ room, session }) => {
      const error = await errorOf(session.fetch('/x', init));
      assert.equal(error.path, path);
      assert.equal(room.api.length, 0);
    }));
  }

  it('follows no redirect, which would carry the token elsewhere', () => withServer(
    (response, { url }) => (url.startsWith('/v2') ? good(response) : response.writeHead(302, { location: '/elsewhere' }).end()),
    async (server) => {
      const session = await open(server);
      assert.equal((await session.fetch('/x')).status, 302);
      assert.equal(server.requests.length, 2);
      session.close();
    },
  ));

  it('that gets no answer says so as every other call does', async () => {
    const server = await rawServer((socket, count) => socket.once('data', () => {
      if (count > 1) socket.destroy();
      else socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${TOKEN.length}\r\nconnection: close\r\n\r\n${TOKEN}`);
    }));
    const session = await open(server);
    const error = await errorOf(session.fetch('/x'));
    assert.ok(error instanceof Unreachable, String(error));
    assert.deepEqual([error.failure, error.mayHaveActed], ['closed', true]);
    session.close();
    await server.stop();
  });

  it('is given up by its signal', () => withServer(
    (response, { url }) => url.startsWith('/v2') && good(response),
    async (server) => {
      const session = await open(server);
      await session.token();
      const controller = new AbortController();
      const call = errorOf(session.fetch('/x', { signal: controller.signal }));
      await once(server.server, 'request');
      controller.abort();
      assert.equal((await call).name, 'AbortError');
      session.close();
    },
  ));

  it('stands behind the address of the tenant, and apiUrl in its place', async () => {
    const seen = [];
    const fetch = async (url) => {
      seen.push(url);
      return new Response('{"result":"opaque"}', { headers: { 'content-type': 'application/json' } });
    };
    const ropc = {
      ropc: {
        orchestrator: { url: 'https://h/', organization: 'my org', tenant: 't' },
        credentials: { usernameOrEmailAddress: 'ada', password: SECRET },
      },
    };
    for (const [options, expected] of [[{}, 'https://h/my%20org/t/odata/Jobs?$top=1'], [{ apiUrl: 'https://o:8443/t/' }, 'https://o:8443/t/odata/Jobs?$top=1']]) {
      const session = await Session.open(ropc, { store: new MemoryStore(), ...keys(), fetch, ...options });
      await session.fetch('/odata/Jobs?$top=1');
      assert.equal(seen.at(-1), expected);
      assert.ok((await errorOf(session.fetch('/api/Account/Authenticate'))) instanceof InvalidArgument);
      session.close();
    }
  });

  it('of an external application needs apiUrl', async () => {
    const application = {
      clientCredentials: {
        identityServer: { tokenUrl: 'https://h/identity_/connect/token' },
        credentials: { clientId: 'app', clientSecret: SECRET, scopes: [] },
      },
    };
    const session = await Session.open(application, { store: new MemoryStore(), ...keys() });
    const error = await errorOf(session.fetch('/odata/Jobs'));
    assert.equal(error.path, 'options.apiUrl');
    session.close();
  });
});
