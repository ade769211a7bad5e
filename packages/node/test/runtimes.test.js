//! The examples in the other runtimes that take Node's files, against simulated platforms over TLS.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { environment, PRINTS } from './support/examples.js';
import { package_, run, startSimulators } from './support/programs.js';
import { newFolder, startPostgres, startRedis } from './support/servers.js';

const RUNTIMES = {
  Deno: { program: `${package_}node_modules/.bin/deno`, given: ['run', '--allow-all', '--quiet'] },
  Bun: { program: `${package_}node_modules/.bin/bun` },
};

const EXAMPLES = ['first-token.js', 'first-token.cjs', 'application.js', 'session.js', 'renew.js', 'postgres.js', 'ioredis.js', 'limits.js', 'keep-token.js'];

for (const [name, runtime] of Object.entries(RUNTIMES)) {
  describe(name, () => {
    const started = [];
    let env;

    before(async () => {
      const simulators = await startSimulators();
      started.push(simulators);
      const redis = await startRedis();
      started.push(redis);
      const postgres = await startPostgres();
      started.push(postgres);
      env = { ...environment({ simulators, redis, postgres }), HOME: newFolder(), DENO_CERT: simulators.ca };
    });
    after(async () => {
      for (const server of started) await server.stop();
    });

    for (const example of EXAMPLES) {
      it(`runs ${example}`, async () => {
        assert.match(await run(`examples/${example}`, { ...runtime, env }), PRINTS[example]);
      });
    }

    it('finds the token that Node keeps in a directory, and keeps one for Node', async () => {
      assert.equal(await run('examples/directory.js', { ...runtime, env }), 'from login\n');
      assert.equal(await run('examples/directory.js', { env }), 'from store\n');
      assert.equal(await run('examples/directory.js', { ...runtime, env }), 'from store\n');
    });

    it('tells a failure, and that the request may have arrived, because its fetch says no more', async () => {
      const said = await run('examples/errors.js', { ...runtime, env: { ...env, CONTROL_ROOM: 'https://127.0.0.1:9' } });
      assert.match(said, /^unreachable: .*\. The request may have arrived: .*\nlook at the platform before you try again\n$/);
      assert.ok(!said.includes('password'));
    });
  });
}
