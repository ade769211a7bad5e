//! What the driver holds: once, no redirect, limits of size and time, the caller's signal.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';

import { authenticate, logout, Redirected, Unreachable, UnexpectedResponse, validate } from 'rpa-auth';
import { Agent, fetch as undiciFetch, interceptors, MockAgent, RetryAgent } from 'undici';

import { credentials, errorOf, room, SECRET } from './support/given.js';
import { good, httpServer, rawServer, TOKEN } from './support/raw.js';
import { allShown } from './support/seen.js';
import { freePort } from './support/servers.js';

const LONGEST = 256 * 1024;

const login = (server, transport, options) => authenticate(room(server.origin, transport), credentials(), options);

/** Runs a test with a server. */
function with_(start, test) {
  return async (context) => {
    const server = await start();
    try {
      await test(server, context);
    } finally {
      await server.stop();
    }
  };
}

const withHttp = (answer, test) => with_(() => httpServer(answer), test);
const withRaw = (serve, test) => with_(() => rawServer(serve), test);

/** An answer with these bytes, whatever is asked. */
const says = (text) => (socket) => socket.once('data', () => socket.end(text));

function isUnreachable(error, failure, mayHaveActed) {
  assert.ok(error instanceof Unreachable, String(error));
  assert.deepEqual([error.failure, error.mayHaveActed], [failure, mayHaveActed], error.message);
  assert.equal(error.kind, 'unreachable');
  assert.ok(!allShown(error).includes(SECRET));
}

/** The other end has let go of it. */
const closed = (socket) => new Promise((resolve) => (socket.destroyed ? resolve() : socket.on('close', resolve)));

describe('a request', () => {
  it('goes out as the component says, without cookies, referrer or cache', withHttp(
    (response) => {
      response.setHeader('set-cookie', 'a=b');
      good(response);
    },
    async (server) => {
      const agent = new Agent();
      for (let times = 0; times < 2; times += 1) await login(server, {}, { dispatcher: agent });
      const [first, second] = server.requests;
      for (const { headers, body, method, url } of [first, second]) {
        assert.deepEqual([method, url], ['POST', '/v2/authentication']);
        assert.deepEqual(JSON.parse(body), { username: 'ada', password: SECRET });
        assert.equal(headers['content-length'], String(body.length));
        for (const name of ['cookie', 'referer', 'transfer-encoding', 'authorization']) assert.equal(headers[name], undefined, name);
      }
      await agent.close();
    },
  ));

  it('without a body has a length of 0', withHttp((response) => response.writeHead(204).end(), async (server) => {
    await logout(room(server.origin), 't0k3n');
    assert.equal(server.requests[0].headers['content-length'], '0');
  }));

  for (const status of [301, 302, 303, 307, 308]) {
    it(`is not sent elsewhere after a ${status}`, withHttp(
      (response, _, count) => {
        if (count > 1) good(response);
        else response.writeHead(status, { location: 'https://elsewhere.example/x?token=1' }).end();
      },
      async (server) => {
        const error = await errorOf(login(server));
        assert.ok(error instanceof Redirected, String(error));
        assert.deepEqual([error.status, error.origin], [status, 'https://elsewhere.example']);
        assert.equal(server.requests.length, 1);
      },
    ));
  }

  for (const [name, options] of Object.entries({
    "Node's own fetch": () => undefined,
    'a dispatcher': () => ({ dispatcher: new Agent() }),
    'the fetch of undici': () => ({ fetch: undiciFetch, dispatcher: new Agent() }),
  })) {
    for (const status of [421, 401, 407, 408, 425, 429, 503]) {
      it(`is sent once, also where the answer is ${status}: ${name}`, withHttp(
        (response) => response.writeHead(status).end(),
        async (server) => {
          const error = await errorOf(login(server, {}, options()));
          assert.equal(error.status, status);
          const another = await errorOf(logout(room(server.origin), 't0k3n', options()));
          assert.equal(another.status, status);
          assert.deepEqual(server.requests.map(({ url }) => url), ['/v2/authentication', '/v1/authentication/logout']);
        },
      ));
    }

    it(`is sent once where a kept connection is cut: ${name}`, withHttp(
      (response, _, count) => {
        if (count === 1) good(response);
        else response.socket.destroy();
      },
      async (server) => {
        const given = options();
        await login(server, {}, given);
        isUnreachable(await errorOf(login(server, {}, given)), 'closed', true);
        assert.equal(server.requests.length, 2);
      },
    ));
  }

  it('that a fetch sends twice through its dispatcher is sent once', withHttp((response) => response.writeHead(503).end(), async (server) => {
    const dispatcher = new Agent();
    const twice = async (url, init) => {
      await undiciFetch(url, init);
      return undiciFetch(url, init);
    };
    isUnreachable(await errorOf(login(server, {}, { fetch: twice, dispatcher })), 'other', true);
    assert.equal(server.requests.length, 1);
    await dispatcher.close();
  }));

  for (const [name, fetch] of [["Node's own fetch", undefined], ['the fetch of undici', undiciFetch]]) {
    const retrying = { methods: ['POST', 'GET'], maxRetries: 2, minTimeout: 1, timeoutFactor: 1, statusCodes: [503] };
    for (const [what, dispatcherOf, call] of [
      ['an interceptor that repeats', (agent) => agent.compose(interceptors.retry(retrying)), login],
      ['a RetryAgent', (agent) => new RetryAgent(agent, retrying), login],
      ['a RetryAgent as it comes, which repeats a GET', (agent) => new RetryAgent(agent, { minTimeout: 1 }), (server, transport, options) => validate(room(server.origin, transport), 't0k3n', options)],
    ]) {
      for (const [how, answer] of [
        ['answered with 503', (response) => response.writeHead(503).end()],
        ['cut off', (response) => response.socket.destroy()],
      ]) {
        it(`that ${what} would send again after it was ${how} is sent once: ${name}`, withHttp(answer, async (server) => {
          const agent = new Agent();
          const error = await errorOf(call(server, {}, { fetch, dispatcher: dispatcherOf(agent) }));
          isUnreachable(error, 'other', true);
          assert.match(error.message, /sends requests again or elsewhere, which was refused/);
          await agent.close();
          assert.equal(server.requests.length, 1);
        }));
      }
    }
  }

  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

  for (const [name, given] of Object.entries({ "Node's own fetch": {}, 'the fetch of undici': { fetch: undiciFetch } })) {
    it(`whose connection comes about after the end is never sent, and nothing waits for it: ${name}`, async () => {
      const before = timers();
      const handed = [];
      const dispatcher = { dispatch: (_, handler) => handed.push(handler) > 0 };
      const call = authenticate(room('http://h.example', { connectTimeoutMs: 30 }), credentials(), { ...given, dispatcher });
      isUnreachable(await errorOf(call), 'timeout', true);
      const [handler] = handed;
      const reasons = [];
      const abort = (reason) => reasons.push(reason);
      handler.onRequestStart ? handler.onRequestStart({ abort }, {}) : handler.onConnect(abort);
      assert.ok(reasons.length > 0);
      assert.equal(timers(), before);
    });
  }

  it('that a fetch would send after the end is not sent', withHttp(good, async (server) => {
    const dispatcher = new Agent();
    let end;
    const ended = new Promise((resolve) => { end = resolve; });
    let late;
    const slow = (url, init) => {
      late = ended.then(() => undiciFetch(url, { ...init, signal: undefined }));
      return late;
    };
    isUnreachable(await errorOf(login(server, { connectTimeoutMs: 10, firstByteTimeoutMs: 10 }, { fetch: slow, dispatcher })), 'timeout', true);
    end();
    await errorOf(late);
    assert.equal(server.requests.length, 0);
    await dispatcher.close();
  }));
});

describe('an answer', () => {
  for (const [more, what] of [[0, 'is read'], [1, 'is not read']]) {
    it(`of 256 KiB and ${more} bytes ${what}`, withHttp(
      (response) => {
        const body = TOKEN.padEnd(LONGEST + more, ' ');
        response.writeHead(200, { 'content-type': 'application/json' }).end(body);
      },
      async (server) => {
        if (more === 0) {
          assert.equal((await login(server)).value, 't0k3n-of-ada');
        } else {
          assert.ok((await errorOf(login(server))) instanceof UnexpectedResponse);
        }
      },
    ));
  }

  it('that never ends is cancelled behind 256 KiB', withHttp(
    (response) => {
      response.writeHead(200);
      const piece = Buffer.alloc(64 * 1024, ' ');
      const more = () => {
        if (!response.destroyed) response.write(piece, (error) => !error && more());
      };
      response.on('error', () => {});
      more();
    },
    async (server) => {
      const error = await errorOf(login(server));
      assert.ok(error instanceof UnexpectedResponse, String(error));
      const { request } = server.requests[0];
      await closed(request.socket);
    },
  ));

  it('that grows when it is unpacked is measured unpacked', withHttp(
    async (response) => {
      const { gzipSync } = await import('node:zlib');
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(64 * 1024 * 1024, ' ')));
    },
    async (server) => {
      assert.ok((await errorOf(login(server))) instanceof UnexpectedResponse);
    },
  ));

  for (const [name, text, failure] of [
    ['is nothing', '', 'closed'],
    ['is half a head', 'HTTP/1.1 200 OK\r\ncontent-le', 'closed'],
    ['is no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', 'other'],
    ['breaks off', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"tok', 'closed'],
    ['breaks off in a chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n20\r\n{"tok', 'closed'],
  ]) {
    it(`that ${name} is ${failure}, and may have acted`, withRaw(says(text), async (server) => {
      isUnreachable(await errorOf(login(server)), failure, true);
      assert.equal(server.requests.length, 1);
    }));
  }
});

describe('a limit of time', () => {
  it('holds until the first byte', withRaw(() => {}, async (server) => {
    isUnreachable(await errorOf(login(server, { firstByteTimeoutMs: 50 })), 'timeout', true);
  }));

  it('holds between two pieces', withRaw(
    (socket) => socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{')),
    async (server) => {
      isUnreachable(await errorOf(login(server, { betweenBytesTimeoutMs: 50 })), 'timeout', true);
    },
  ));

  it('holds for the whole, whatever moves', withRaw(
    (socket) => socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n');
      const timer = setInterval(() => socket.write(' '), 5);
      socket.on('close', () => clearInterval(timer));
    }),
    async (server) => {
      isUnreachable(await errorOf(login(server, { totalTimeoutMs: 200 })), 'timeout', true);
      const [socket] = server.requests;
      await closed(socket);
    },
  ));

  it('holds for the connection alone: an answer may come later', withHttp(
    (response) => setTimeout(() => good(response), 300),
    async (server) => {
      assert.equal((await login(server, { connectTimeoutMs: 100 })).value, 't0k3n-of-ada');
    },
  ));

  it('holds for the connection', async () => {
    // One that never comes about.
    const dispatcher = { dispatch: () => true };
    isUnreachable(await errorOf(authenticate(room('http://h', { connectTimeoutMs: 50 }), credentials(), { dispatcher })), 'timeout', true);
  });

  it('holds whatever a fetch does with its signal', async () => {
    const deaf = () => new Promise(() => {});
    isUnreachable(await errorOf(authenticate(room('http://h', { totalTimeoutMs: 50 }), credentials(), { fetch: deaf })), 'timeout', true);
  });

  it('that is longer than a timer can be does not end at once', withHttp(good, async (server) => {
    const limits = { connectTimeoutMs: 4294967295, firstByteTimeoutMs: 4294967295, betweenBytesTimeoutMs: 4294967295, totalTimeoutMs: 4294967295 };
    assert.equal((await login(server, limits)).value, 't0k3n-of-ada');
  }));

  it('holds for both requests of a validate together', withHttp(
    (response, { url }) => setTimeout(() => response.writeHead(url.includes('?') ? 404 : 200).end('{"valid":true}'), 150),
    async (server) => {
      const error = await errorOf(validate(room(server.origin, { totalTimeoutMs: 250 }), 't0k3n'));
      isUnreachable(error, 'timeout', true);
    },
  ));
});

describe('where nobody answers', () => {
  it('a port that nobody listens on is refused, and nothing was sent', async () => {
    const port = await freePort();
    isUnreachable(await errorOf(authenticate(room(`http://127.0.0.1:${port}`), credentials())), 'refused', false);
  });

  it('a name that is not there is dns, and nothing was sent', async () => {
    isUnreachable(await errorOf(authenticate(room('http://no-such-host.invalid'), credentials())), 'dns', false);
  });

  it('a port that fetch does not reach is denied, and nothing was sent', async () => {
    isUnreachable(await errorOf(authenticate(room('http://127.0.0.1:6000'), credentials())), 'denied', false);
  });

  it('a server that does not speak TLS is tls, and nothing was sent', withRaw(says('HTTP/1.1 400 Bad Request\r\n\r\n'), async (server) => {
    const error = await errorOf(authenticate({ url: server.origin.replace('http', 'https'), api: 'v2' }, credentials()));
    isUnreachable(error, 'tls', false);
    assert.match(error.message, /does not speak TLS/);
  }));

  it('a connection that is cut in the handshake is tls, and nothing was sent', withRaw(
    (socket) => socket.once('data', () => socket.destroy()),
    async (server) => {
      const error = await errorOf(authenticate({ url: server.origin.replace('http', 'https'), api: 'v2' }, credentials()));
      isUnreachable(error, 'tls', false);
    },
  ));

  it('a cause has a code, and nothing of the request', async () => {
    const port = await freePort();
    const { cause, message } = await errorOf(authenticate(room(`http://127.0.0.1:${port}`), credentials()));
    assert.equal(cause.code, 'ECONNREFUSED');
    assert.equal(cause.cause, undefined);
    assert.match(message, /Nothing was sent\.$/);
  });
});

describe('a signal', () => {
  it('that was aborted sends nothing', withHttp(good, async (server) => {
    const reason = new Error('not today');
    const error = await errorOf(login(server, {}, { signal: AbortSignal.abort(reason) }));
    assert.equal(error, reason);
    assert.equal(server.requests.length, 0);
  }));

  it('ends a call with its reason, and its connection', withRaw(() => {}, async (server) => {
    const controller = new AbortController();
    const call = errorOf(login(server, {}, { signal: controller.signal }));
    await once(server.server, 'connection');
    controller.abort();
    const error = await call;
    assert.equal(error.name, 'AbortError');
    assert.equal(error, controller.signal.reason);
    const [socket] = server.requests;
    await closed(socket);
  }));

  it('ends a call in the middle of its answer', withRaw(
    (socket) => socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{')),
    async (server) => {
      const error = await errorOf(login(server, {}, { signal: AbortSignal.timeout(100) }));
      assert.equal(error.name, 'TimeoutError');
    },
  ));

  it('is let go when the call has ended', withHttp(good, async (server) => {
    const { signal } = new AbortController();
    let listening = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = function (...given) {
      listening += 1;
      return addEventListener.apply(this, given);
    };
    signal.removeEventListener = function (...given) {
      listening -= 1;
      return removeEventListener.apply(this, given);
    };
    await login(server, {}, { signal });
    assert.equal(listening, 0);
  }));
});

describe('a fetch of the program', () => {
  it('is asked for exactly this', async () => {
    const seen = [];
    const fetch = async (...given) => {
      seen.push(given);
      return new Response(TOKEN);
    };
    const token = await authenticate(room('http://h.example'), credentials(), { fetch });
    assert.equal(token.value, 't0k3n-of-ada');
    const [[url, init]] = seen;
    assert.equal(url, 'http://h.example/v2/authentication');
    const { signal, headers, body, ...rest } = init;
    assert.deepEqual(rest, {
      method: 'POST',
      redirect: 'manual',
      credentials: 'omit',
      cache: 'no-store',
      referrer: '',
      referrerPolicy: 'no-referrer',
    });
    assert.ok(signal instanceof AbortSignal);
    assert.ok(body instanceof Uint8Array);
    assert.equal(new Headers(headers).get('content-type'), 'application/json');
    assert.equal(seen.length, 1);
  });

  it('that stands in the place of Node\'s is told of the end too', withHttp(good, async (server) => {
    const own = globalThis.fetch;
    // That Node's was seen already changes nothing.
    await login(server);
    const seen = [];
    globalThis.fetch = (_, init) => {
      seen.push(init.signal);
      return new Promise(() => {});
    };
    try {
      isUnreachable(await errorOf(login(server, { totalTimeoutMs: 20 })), 'timeout', true);
    } finally {
      globalThis.fetch = own;
    }
    assert.deepEqual(seen.map((signal) => signal?.aborted), [true]);
  }));

  it('may give a stream of Node', async () => {
    const fetch = async () => ({ status: 200, headers: new Headers(), body: Readable.from([Buffer.from(TOKEN)]) });
    assert.equal((await authenticate(room('http://h'), credentials(), { fetch })).value, 't0k3n-of-ada');
  });

  for (const [name, answer] of [
    ['nothing', undefined],
    ['no headers', { status: 200, body: null }],
    ['no status', { status: 0, headers: new Headers(), body: null }],
    ['a body of text', { status: 200, headers: new Headers(), body: TOKEN }],
    ['pieces of text', { status: 200, headers: new Headers(), body: Readable.from([TOKEN]) }],
    ['what was found elsewhere', { status: 200, headers: new Headers(), body: null, redirected: true }],
  ]) {
    it(`that gives ${name} is other, and may have acted`, async () => {
      const error = await errorOf(authenticate(room('http://h'), credentials(), { fetch: async () => answer }));
      isUnreachable(error, 'other', true);
    });
  }

  for (const [code, failure] of [
    ['ENOTFOUND', 'dns'],
    ['EAI_AGAIN', 'dns'],
    ['ECONNREFUSED', 'refused'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls'],
    ['CERT_HAS_EXPIRED', 'tls'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'tls'],
    ['ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', 'tls'],
    ['ECONNRESET', 'closed'],
    ['EPIPE', 'closed'],
    ['ETIMEDOUT', 'timeout'],
    ['SOMETHING_ELSE', 'other'],
    [undefined, 'other'],
  ]) {
    it(`that shows nothing of its connection and fails with ${code} is ${failure}, and may have acted before`, async () => {
      const fetch = async () => {
        throw new TypeError(`request to ${SECRET} failed`, { cause: Object.assign(new Error(SECRET), { code, syscall: 'connect', data: SECRET }) });
      };
      isUnreachable(await errorOf(authenticate(room('http://h'), credentials(), { fetch })), failure, true);
    });
  }

  it('whose code may be a piece of an address tells none', async () => {
    const cause = Object.assign(new Error('refused'), { code: 'ROBOTS/S3CR3T' });
    const error = await errorOf(authenticate(room('http://h'), credentials(), { fetch: async () => { throw new TypeError('fetch failed', { cause }); } }));
    isUnreachable(error, 'other', true);
    assert.ok(!allShown(error).includes('S3CR3T'));
  });

  for (const [what, cause] of [
    ['the port', new Error('bad port')],
    ['the proxy', Object.assign(new Error('Proxy response (403) !== 200 when HTTP Tunneling'), { code: 'UND_ERR_ABORTED' })],
  ]) {
    it(`that shows nothing of its connection and is denied at ${what} may have acted before`, async () => {
      const fetch = async () => { throw new TypeError('fetch failed', { cause }); };
      isUnreachable(await errorOf(authenticate(room('http://h'), credentials(), { fetch })), 'denied', true);
    });
  }

  it('whose error throws when it is looked at is other', async () => {
    const error = Object.defineProperty(new Error('x'), 'code', { get() { throw new Error(SECRET); } });
    const fetch = async () => { throw error; };
    isUnreachable(await errorOf(authenticate(room('http://h'), credentials(), { fetch })), 'other', true);
  });

  it('of another undici is named', async () => {
    // As that of undici 8 says it to a handler in the older form.
    const dispatcher = { dispatch: () => { throw Object.assign(new Error('invalid onRequestStart method'), { code: 'UND_ERR_INVALID_ARG' }); } };
    const error = await errorOf(authenticate(room('http://h'), credentials(), { dispatcher }));
    isUnreachable(error, 'other', false);
    assert.match(error.message, /pass both/);
  });

  it("a dispatcher that answers by itself is one: undici's MockAgent", async () => {
    const agent = new MockAgent();
    agent.disableNetConnect();
    agent.get('http://h.example').intercept({ path: '/v2/authentication', method: 'POST' }).reply(200, TOKEN);
    const token = await authenticate(room('http://h.example'), credentials(), { fetch: undiciFetch, dispatcher: agent });
    assert.equal(token.value, 't0k3n-of-ada');
  });

  for (const [name, answer] of Object.entries({
    'nothing': () => undefined,
    'a body of text': () => ({ status: 200, headers: new Headers(), body: TOKEN }),
    'a body that somebody else reads': () => {
      const locked = new Response(TOKEN);
      locked.body.getReader();
      return locked;
    },
    'what throws when it is looked at': () => ({ get body() { throw new Error(SECRET); } }),
  })) {
    it(`that gives ${name} too late ends no program`, async () => {
      let answered;
      const late = new Promise((resolve) => { answered = resolve; });
      const loose = [];
      const onLoose = (reason) => loose.push(reason);
      process.on('unhandledRejection', onLoose);
      try {
        isUnreachable(await errorOf(authenticate(room('http://h', { totalTimeoutMs: 20 }), credentials(), { fetch: () => late })), 'timeout', true);
        answered(answer());
        // Node looks for rejections that nobody handles behind the microtasks of a turn.
        for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        assert.deepEqual(loose, []);
      } finally {
        process.off('unhandledRejection', onLoose);
      }
    });
  }

  it('that a browser has says of a redirect no more than that it was one', async () => {
    const fetch = async () => ({ type: 'opaqueredirect', status: 0, headers: new Headers(), body: null });
    const error = await errorOf(authenticate(room('http://h'), credentials(), { fetch }));
    assert.ok(error instanceof Redirected);
    assert.deepEqual([error.status, error.origin], [undefined, undefined]);
  });
});

it('the event loop is never blocked: it turns while logins wait', withHttp(
  (response) => setTimeout(() => good(response), 300),
  async (server) => {
    let turns = 0;
    const timer = setInterval(() => { turns += 1; }, 1);
    await Promise.all(Array.from({ length: 50 }, () => login(server)));
    clearInterval(timer);
    assert.ok(turns > 10, `${turns} turns`);
  },
));
