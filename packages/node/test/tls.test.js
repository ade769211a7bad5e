//! TLS and proxies, with real ones: what is refused, in which words, and whether anything was sent.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { authenticate, Unreachable } from 'rpa-auth';
import { Agent, fetch, ProxyAgent } from 'undici';

import { Authority } from './support/authority.js';
import { credentials, errorOf, SECRET } from './support/given.js';
import { good, httpServer } from './support/raw.js';
import { allShown } from './support/seen.js';
import { freePort, startProxy } from './support/servers.js';

describe('over TLS', () => {
  let authority;
  before(async () => {
    authority = await Authority.make();
  });

  /** Logs in to a server with this certificate. */
  async function login(tls, connect, url = ({ origin }) => origin) {
    const server = await httpServer(good, tls);
    const dispatcher = new Agent({ connect });
    try {
      const call = authenticate({ url: url(server), api: 'v2' }, credentials(), { fetch, dispatcher });
      return { token: await call, requests: server.requests };
    } catch (error) {
      return { error, requests: server.requests };
    } finally {
      await dispatcher.destroy();
      await server.stop();
    }
  }

  function isRefused({ error, requests }, words) {
    assert.ok(error instanceof Unreachable, String(error));
    assert.deepEqual([error.failure, error.mayHaveActed], ['tls', false], error.message);
    assert.match(error.message, words);
    assert.match(error.cause.code, /^[A-Z_0-9]+$/);
    assert.ok(!allShown(error).includes(SECRET));
    assert.equal(requests.length, 0);
  }

  it('a certificate of a CA that is trusted is taken', async () => {
    const { token } = await login(await authority.issue(), { ca: authority.pem });
    assert.equal(token.value, 't0k3n-of-ada');
  });

  it('one that nobody who is trusted signed is refused', async () => {
    isRefused(await login(await authority.issue(), {}), /nobody who is trusted signed it/);
  });

  it('one of another CA of the same name is refused', async () => {
    const other = await Authority.make();
    isRefused(await login(await authority.issue(), { ca: other.pem }), /has another key|nobody who is trusted signed it/);
  });

  it('one that has expired is refused', async () => {
    isRefused(await login(await authority.issue({ from: -3, to: -2 }), { ca: authority.pem }), /it has expired/);
  });

  it('one whose time has not begun is refused', async () => {
    isRefused(await login(await authority.issue({ from: 2, to: 3 }), { ca: authority.pem }), /it is not valid yet/);
  });

  it('one for another name is refused', async () => {
    isRefused(await login(await authority.issue({ name: 'other.example', ips: [] }), { ca: authority.pem }), /it is for another name/);
  });

  it('a server that speaks no more than TLS 1.1 is refused', async () => {
    const tls = { ...(await authority.issue()), minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
    isRefused(await login(tls, { ca: authority.pem }), /neither TLS 1\.2 nor TLS 1\.3/);
  });

  for (const maxVersion of ['TLSv1.2', 'TLSv1.3']) {
    it(`a server that wants a client certificate says so, by ${maxVersion}`, async () => {
      const tls = { ...(await authority.issue()), ca: authority.pem, requestCert: true, rejectUnauthorized: true, maxVersion };
      const { error, requests } = await login(tls, { ca: authority.pem });
      assert.ok(error instanceof Unreachable, String(error));
      // By TLS 1.3 a client has ended the handshake when it hears of it, so the request may have left; and undici
      // tells the end of the connection in place of the alert.
      const expected = maxVersion === 'TLSv1.3' ? ['closed', true] : ['tls', false];
      assert.deepEqual([error.failure, error.mayHaveActed], expected, error.message);
      assert.equal(requests.length, 0);
      const client = await authority.issue({ name: 'robot' });
      assert.ok((await login(tls, { ca: authority.pem, ...client })).token);
    });
  }
});

describe('through a proxy', () => {
  const started = [];
  let authority;
  let server;
  let proxy;

  before(async () => {
    authority = await Authority.make();
    server = await httpServer(good, await authority.issue());
    started.push(server);
    proxy = await startProxy({ login: { user: 'robot', password: 'pr0xy' } });
    started.push(proxy);
  });
  after(async () => {
    for (const one of started) await one.stop();
  });

  const basic = (text) => `Basic ${Buffer.from(text).toString('base64')}`;

  async function login(options) {
    const dispatcher = new ProxyAgent({ requestTls: { ca: authority.pem }, ...options });
    try {
      return await authenticate({ url: server.origin, api: 'v2' }, credentials(), { fetch, dispatcher });
    } finally {
      await dispatcher.destroy();
    }
  }

  it('a login goes by a tunnel', async () => {
    assert.equal((await login({ uri: proxy.url, token: basic('robot:pr0xy') })).value, 't0k3n-of-ada');
  });

  for (const [name, token] of [['none', undefined], ['another', basic('robot:wr0ng')]]) {
    it(`that wants a login and gets ${name} lets nothing through`, async () => {
      const before = server.requests.length;
      const error = await errorOf(login({ uri: proxy.url, token }));
      assert.ok(error instanceof Unreachable, String(error));
      assert.deepEqual([error.failure, error.mayHaveActed], ['denied', false]);
      assert.match(error.message, /the proxy opened no tunnel and answered 40[17]/);
      assert.equal(server.requests.length, before);
    });
  }

  it('that is not there lets nothing through', async () => {
    const error = await errorOf(login({ uri: `http://127.0.0.1:${await freePort()}` }));
    assert.deepEqual([error.failure, error.mayHaveActed], ['refused', false]);
  });

  it('that reaches nobody lets nothing through', async () => {
    const dispatcher = new ProxyAgent({ uri: proxy.url, token: basic('robot:pr0xy') });
    const url = `https://127.0.0.1:${await freePort()}`;
    const error = await errorOf(authenticate({ url, api: 'v2' }, credentials(), { fetch, dispatcher }));
    await dispatcher.destroy();
    assert.deepEqual([error.failure, error.mayHaveActed], ['denied', false]);
    assert.match(error.message, /the proxy opened no tunnel and answered 5\d\d/);
  });
});
