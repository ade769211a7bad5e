//! Every example, run as the program that it is, against simulated platforms over TLS, real stores and a
//! real proxy.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';

import { Authority } from './support/authority.js';
import { credentials } from './support/given.js';
import { good, httpServer } from './support/raw.js';
import { environment, PRINTS } from './support/examples.js';
import { run, startSimulators } from './support/programs.js';
import { freePort, newFolder, startPostgres, startProxy, startRedis } from './support/servers.js';
import { CHECKS, Place } from './support/store-contract.js';

const folder = new URL('../examples/', import.meta.url);

/** Held against the promises of a store instead. */
const STORES = ['own-store.js'];

describe('the example', () => {
  const started = [];
  let env;

  before(async () => {
    const simulators = await startSimulators();
    started.push(simulators);
    const redis = await startRedis();
    started.push(redis);
    const postgres = await startPostgres();
    started.push(postgres);
    const proxy = await startProxy({ login: { user: 'robot', password: 'pr0xy' } });
    started.push(proxy);
    env = {
      ...environment({ simulators, redis, postgres }),
      COMPANY_CA: simulators.ca,
      PROXY: proxy.url,
      PROXY_AUTHORIZATION: `Basic ${Buffer.from('robot:pr0xy').toString('base64')}`,
    };
    env.proxyLog = proxy.log;
  });

  after(async () => {
    for (const server of started) await server.stop();
  });

  for (const name of ['first-token.js', 'first-token.cjs', 'application.js', 'session.js', 'renew.js', 'directory.js', 'postgres.js', 'ioredis.js', 'limits.js', 'keep-token.js']) {
    it(`${name} runs`, async () => {
      assert.match(await run(`examples/${name}`, { env }), PRINTS[name]);
    });
  }

  it('errors.js says what to do', async () => {
    const away = { ...env, CONTROL_ROOM: 'https://127.0.0.1:9' };
    // Of the ports that fetch reaches for nobody.
    const denied = await run('examples/errors.js', { env: away });
    assert.match(denied, /^unreachable: fetch does not reach that port\. Nothing was sent\.$/m);
    const refused = await run('examples/errors.js', { env: { ...env, CONTROL_ROOM: `https://127.0.0.1:${await freePort()}` } });
    assert.match(refused, PRINTS['errors.js']);
    const wrong = await run('examples/errors.js', { env: { ...env, CR_PASSWORD: 'wr0ng' } });
    assert.match(wrong, /^ask a person; do not try again$/m);
    assert.ok(!wrong.includes('wr0ng'));
  });

  it('company-ca.js trusts the CA that it is given, and nothing but that makes it', async () => {
    const { NODE_EXTRA_CA_CERTS, ...without } = env;
    assert.match(await run('examples/company-ca.js', { env: without }), PRINTS['company-ca.js']);
    const untrusted = await run('examples/errors.js', { env: without });
    assert.match(untrusted, /certificate was refused: nobody who is trusted signed it\. Nothing was sent\./);
  });

  it('proxy.js goes through the proxy, by a tunnel', async () => {
    const { NODE_EXTRA_CA_CERTS, ...without } = env;
    assert.match(await run('examples/proxy.js', { env: without }), PRINTS['proxy.js']);
    const { port } = new URL(env.CONTROL_ROOM);
    assert.match(readFileSync(env.proxyLog, 'utf8'), new RegExp(`CONNECT 127\\.0\\.0\\.1:${port}`));
  });

  it('client-certificate.js proves itself', async () => {
    const authority = await Authority.make();
    const server = await httpServer(good, { ...(await authority.issue()), ca: authority.pem, requestCert: true, rejectUnauthorized: true });
    const client = await authority.issue({ name: 'robot' });
    const files = newFolder();
    const write = (name, text) => {
      writeFileSync(`${files}/${name}`, text);
      return `${files}/${name}`;
    };
    try {
      const output = await run('examples/client-certificate.js', {
        env: {
          CONTROL_ROOM: server.origin,
          CR_PASSWORD: credentials().secret.password,
          COMPANY_CA: write('ca.pem', authority.pem),
          CLIENT_CERTIFICATE: write('cert.pem', client.cert),
          CLIENT_KEY: write('key.pem', client.key),
        },
      });
      assert.match(output, PRINTS['client-certificate.js']);
      assert.equal(server.requests.length, 1);
    } finally {
      await server.stop();
    }
  });

  for (const [promise, check] of Object.entries(CHECKS)) {
    it(`own-store.js: ${promise}`, async () => {
      const { OwnStore } = await import('../examples/own-store.js');
      const store = new OwnStore();
      await check(new Place(async () => store));
    });
  }

  it('is one of those above', () => {
    const names = readdirSync(folder).sort();
    assert.deepEqual(names, [...Object.keys(PRINTS), ...STORES].sort());
  });
});
