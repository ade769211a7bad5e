//! What is published: its size and files, its kinds of module, its types, and how bundlers take it.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'node:test';

import { build } from 'esbuild';

import { package_, run } from './support/programs.js';
import { newFolder } from './support/servers.js';

/** The largest that the package may be, packed, in bytes. */
const LARGEST = 250_000;

const NAMES = [
  'AuthError', 'Busy', 'Contested', 'CoolingDown', 'Ended', 'InvalidArgument', 'MemoryStore', 'OtherError', 'PostgresStore',
  'Redirected', 'RedisStore', 'Rejected', 'Session', 'SessionError', 'StillGood', 'Stopped', 'StoreError', 'Throttled', 'Token',
  'TooManyCalls', 'UnexpectedResponse', 'Unreachable', 'authenticate', 'clientCredentialsAuthenticate', 'currentUser', 'logout',
  'randomVersion', 'refresh', 'ropcAuthenticate', 'validate',
];

const SCRIPTS = ['flows.cjs', 'flows.js', 'index.cjs', 'index.js', 'session.cjs', 'session.js', 'web.js'];

describe('the package', () => {
  let folder;
  let installed;
  let packed;

  before(() => {
    folder = newFolder();
    const npm = (...given) => execFileSync('npm', given, { cwd: package_, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    [packed] = JSON.parse(npm('pack', '--ignore-scripts', '--json', '--pack-destination', folder));
    // Unpacked as npm does it.
    installed = `${folder}/node_modules/rpa-auth`;
    mkdirSync(installed, { recursive: true });
    execFileSync('tar', ['-xzf', `${folder}/${packed.filename}`, '--strip-components=1', '-C', installed]);
    for (const name of ['@types', 'undici-types']) symlinkSync(`${package_}node_modules/${name}`, `${folder}/node_modules/${name}`);
  });
  after(() => rmSync(folder, { recursive: true }));

  const write = (name, text) => {
    writeFileSync(`${folder}/${name}`, text);
    return `${folder}/${name}`;
  };

  it(`has at most ${LARGEST} bytes`, () => {
    assert.ok(packed.size <= LARGEST, `${packed.size} bytes`);
  });

  it('holds its files and no others', () => {
    const files = packed.files.map(({ path }) => path);
    const types = files.filter((path) => path.endsWith('.d.ts'));
    const others = files.filter((path) => !path.endsWith('.d.ts')).sort();
    const dist = [...SCRIPTS, 'flows.wasm', 'session.wasm', 'types/cjs/package.json'].map((path) => `dist/${path}`);
    assert.deepEqual(others, ['LICENSE', 'README.md', 'bin/rpa-auth.js', ...dist, 'package.json'].sort());
    for (const kind of ['esm', 'cjs']) {
      assert.ok(types.includes(`dist/types/${kind}/index.d.ts`));
      assert.equal(types.filter((path) => path.startsWith(`dist/types/${kind}/`)).length * 2, types.length);
    }
    assert.ok(!types.some((path) => path.includes('glue')), 'the types of the glue are nobody else\'s');
  });

  it('has the version of the project', () => {
    const cargo = readFileSync(`${package_}../../Cargo.toml`, 'utf8');
    const [, version] = /\[workspace\.package\][^[]*?^version = "([^"]+)"/ms.exec(cargo);
    assert.equal(packed.version, version);
  });

  it('depends on nothing', () => {
    const { dependencies, peerDependencies, optionalDependencies, scripts } = JSON.parse(readFileSync(`${installed}/package.json`, 'utf8'));
    assert.deepEqual([dependencies, peerDependencies, optionalDependencies], [undefined, undefined, undefined]);
    for (const script of ['install', 'preinstall', 'postinstall']) assert.equal(scripts[script], undefined);
  });

  it('names no machine of those who built it', () => {
    for (const script of SCRIPTS) {
      const text = readFileSync(`${installed}/dist/${script}`, 'utf8');
      assert.ok(!text.includes(package_), script);
      assert.ok(!/sourceMappingURL|JCO_DEBUG|console\.(log|debug)/.test(text), script);
    }
    const lock = readFileSync(`${package_}package-lock.json`, 'utf8');
    const addresses = [...lock.matchAll(/"resolved": "([^"]+)"/g)].map(([, address]) => address);
    assert.deepEqual(addresses.filter((address) => !address.startsWith('https://registry.npmjs.org/')), []);
  });

  it('gives the same to import and to require', async () => {
    const esm = await run(write('names.mjs', "import * as all from 'rpa-auth'; console.log(JSON.stringify(Object.keys(all).sort()))"));
    const cjs = await run(write('names.cjs', "console.log(JSON.stringify(Object.keys(require('rpa-auth')).sort()))"));
    assert.deepEqual(JSON.parse(esm), [...NAMES, 'DirectoryStore'].sort());
    assert.deepEqual(JSON.parse(cjs), JSON.parse(esm));
  });

  it('gives a page what is not of Node', async () => {
    const script = write('default.mjs', "import * as all from 'rpa-auth'; console.log(JSON.stringify(Object.keys(all).sort()))");
    // Node always adds its own condition, so the file of the default one is looked up here.
    const { exports } = JSON.parse(readFileSync(`${installed}/package.json`, 'utf8'));
    const web = exports['.'].default.default;
    assert.equal(web, './dist/web.js');
    const names = await run(write('web.mjs', `import * as all from '${installed}/${web}'; console.log(JSON.stringify(Object.keys(all).sort()))`));
    assert.deepEqual(JSON.parse(names), [...NAMES].sort());
    assert.ok(JSON.parse(await run(script, { given: ['--conditions', 'browser'] })).length > 0);
    for (const file of ['web.js', 'flows.js', 'session.js']) {
      const text = readFileSync(`${installed}/dist/${file}`, 'utf8');
      assert.ok(!/\bfrom\s*"node:|import\("node:|require\(/.test(text), file);
    }
  });

  it('reaches no file but those that it exports', async () => {
    const deep = write('deep.mjs', "try { await import('rpa-auth/dist/web.js'); } catch (error) { console.log(error.code); }");
    assert.equal((await run(deep)).trim(), 'ERR_PACKAGE_PATH_NOT_EXPORTED');
  });

  it('has no await at the top, so that it can be required', () => {
    const require = createRequire(`${folder}/x.cjs`);
    assert.equal(typeof require('rpa-auth').authenticate, 'function');
  });

  it('loads a component when it is needed, and not before', async () => {
    const script = write('lazy.mjs', `
      import { registerHooks } from 'node:module';
      import { authenticate } from 'rpa-auth';
      let compiled = 0;
      const { compile } = WebAssembly;
      WebAssembly.compile = (bytes) => { compiled += 1; return compile(bytes); };
      await authenticate({ url: 'x', api: 'v2' }, { username: 'a', secret: {} }).catch(() => {});
      console.log(compiled);
      await authenticate({ url: 'x', api: 'v2' }, { username: 'a', secret: { password: 'b' } }).catch(() => {});
      console.log(compiled);
    `.replace("import { registerHooks } from 'node:module';", ''));
    assert.equal(await run(script), '0\n1\n');
  });

  it('says nothing where a variable turns on the debugging of its glue', async () => {
    const script = write('debug.mjs', `
      import { authenticate } from 'rpa-auth';
      const fetch = async () => new Response('{"token":"t0k3n"}');
      await authenticate({ url: 'https://h', api: 'v2' }, { username: 'a', secret: { password: 'pa55' } }, { fetch });
    `);
    assert.equal(await run(script, { env: { JCO_DEBUG: '1', NODE_DEBUG: 'rpa-auth' } }), '');
  });

  describe('its types', () => {
    const USE = `
      import { authenticate, AuthError, type ControlRoom, DirectoryStore, type Grant, InvalidArgument, MemoryStore, PostgresStore, RedisStore, Rejected, Session, type SessionStatus, Token, type TokenStore, validate } from 'rpa-auth';
      import { Agent, fetch as undiciFetch } from 'undici';
      import { Redis } from 'ioredis';
      import pg from 'pg';
      import { createClient } from 'redis';

      const controlRoom: ControlRoom = { url: 'https://h', api: 'v2', transport: { totalTimeoutMs: 5_000, headers: [{ name: 'x', value: 'y' }] } };

      export async function main(): Promise<void> {
        const token: Token = await authenticate(controlRoom, { username: 'ada', secret: { apiKey: 'k' }, mfaCode: 1 }, { signal: AbortSignal.timeout(5) });
        const { lifetimeSeconds, expiresAt }: { lifetimeSeconds: number; expiresAt: Date } = token;
        const isGood: boolean = await validate(controlRoom, token, { fetch });
        await validate(controlRoom, token.value, { fetch: undiciFetch, dispatcher: new Agent() });
        const own: TokenStore = { read: async () => ({ value: new Uint8Array(), version: 'x', ageMs: 0 }), compareAndSet: async () => undefined };
        const stores: TokenStore[] = [own, new MemoryStore(), new RedisStore(createClient()), new RedisStore(new Redis()), new PostgresStore(new pg.Pool()), await DirectoryStore.open('/x', { group: 7 })];
        const session = await Session.open(
          { ropc: { orchestrator: { url: 'https://h' }, credentials: { usernameOrEmailAddress: 'ada', password: 'p' } } },
          { store: stores[0]!, placeKey: new Uint8Array(32), sealingKeys: ['b2'.repeat(32)], patienceMs: 5_000 },
        );
        const grant: Grant = await session.token();
        const status: SessionStatus = await session.status();
        const attempt: number = status.attempt;
        const answer: Response = await session.fetch('/odata/Jobs', { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } });
        try {
          await session.renew(grant.token);
        } catch (error) {
          if (error instanceof InvalidArgument) console.log(error.path);
          if (error instanceof Rejected && error.kind === 'credentials-rejected') console.log(error.platformMessage);
          if (error instanceof AuthError) console.log(error.retryAfter, error.code, error.status, error.mayHaveActed);
        }
        console.log(lifetimeSeconds, expiresAt, isGood, attempt, answer.status);
        // @ts-expect-error A secret is no string.
        await authenticate(controlRoom, { username: 'ada', secret: 'pw' });
        // @ts-expect-error One of the two.
        await authenticate(controlRoom, { username: 'ada', secret: { password: 'p', apiKey: 'k' } });
        // @ts-expect-error No other version.
        await authenticate({ url: 'https://h', api: 'v3' }, { username: 'ada', secret: { password: 'p' } });
        // @ts-expect-error A number.
        await authenticate({ url: 'https://h', api: 'v2', transport: { totalTimeoutMs: '5s' } }, { username: 'ada', secret: { password: 'p' } });
        // @ts-expect-error A store is needed.
        await Session.open({ ropc: { orchestrator: { url: '' }, credentials: { usernameOrEmailAddress: '', password: '' } } }, { placeKey: '', sealingKeys: [] });
      }
    `;

    for (const [name, file, options] of [
      ['an ES module', 'use.mts', ['--module', 'nodenext']],
      ['CommonJS', 'use.cts', ['--module', 'nodenext']],
      ['a bundler', 'use.ts', ['--module', 'esnext', '--moduleResolution', 'bundler', '--customConditions', 'node']],
    ]) {
      it(`fit a program that is ${name}`, () => {
        for (const dependency of ['undici', 'ioredis', 'pg', 'redis', '@redis', 'pg-types', 'pg-protocol', 'denque', 'redis-errors', 'standard-as-callback', '@ioredis', 'cluster-key-slot']) {
          try {
            symlinkSync(`${package_}node_modules/${dependency}`, `${folder}/node_modules/${dependency}`);
          } catch (error) {
            if (error.code !== 'EEXIST') throw error;
          }
        }
        write('package.json', '{ "type": "module" }');
        const source = write(file, USE);
        const tsc = `${package_}node_modules/typescript/bin/tsc`;
        // The declarations of others may be wrong; those of ours are looked at.
        const given = [tsc, '--noEmit', '--strict', '--esModuleInterop', '--exactOptionalPropertyTypes', 'false', '--target', 'es2022', '--types', 'node', '--preserveSymlinks', ...options, '--skipLibCheck', source];
        execFileSync(process.execPath, given, { cwd: folder, stdio: 'pipe' });
      });
    }

    it('of a page name what a page has', () => {
      const names = (list) => write('page.ts', `import { ${list.join(', ')} } from 'rpa-auth'; export { ${list.join(', ')} };`);
      const tsc = `${package_}node_modules/typescript/bin/tsc`;
      const given = ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2022,dom,dom.iterable', '--types', '', '--module', 'esnext', '--moduleResolution', 'bundler'];
      const check = (list, more = []) => execFileSync(process.execPath, [tsc, ...given, ...more, names(list)], { cwd: folder, stdio: 'pipe', encoding: 'utf8' });
      check(NAMES);
      check([...NAMES, 'DirectoryStore'], ['--customConditions', 'node']);
      assert.throws(() => check(['DirectoryStore']), ({ stdout }) => /TS2305.*'DirectoryStore'/.test(stdout));
    });

    it('are right by themselves, with their dependencies unread', () => {
      const source = write('alone.mts', "import { authenticate } from 'rpa-auth'; export { authenticate };");
      const tsc = `${package_}node_modules/typescript/bin/tsc`;
      for (const lib of [['--lib', 'es2022,dom,dom.iterable'], ['--lib', 'es2022', '--types', 'node']]) {
        execFileSync(process.execPath, [tsc, '--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', ...(lib.includes('--types') ? [] : ['--types', '']), ...lib, source], { cwd: folder, stdio: 'pipe' });
      }
    });

    it('carry the words of the contract', () => {
      const types = readFileSync(`${installed}/dist/types/esm/generated/types.d.ts`, 'utf8');
      for (const words of ['Permits an `http:` URL.', 'To open the connection. Default 10 000.', 'appended to `url` as `/{organization}/{tenant}`', 'For a role with two-factor authentication.']) {
        assert.ok(types.includes(words), words);
      }
      assert.match(types, /connectTimeoutMs\?: number;/);
      assert.match(types, /export type ControlRoomApi = 'v1' \| 'v2';/);
      assert.ok(!types.includes('bigint'));
      const functions = readFileSync(`${installed}/dist/types/cjs/generated/functions.d.ts`, 'utf8');
      assert.ok(functions.includes('Asks a Control Room whether a token is still good.'));
    });
  });

  describe('a bundler', () => {
    const ENTRY = `
      import { authenticate } from 'rpa-auth';
      const fetch = async () => new Response('{"token":"t0k3n"}');
      const token = await authenticate({ url: 'https://h', api: 'v2' }, { username: 'a', secret: { password: 'b' } }, { fetch });
      console.log(token.value);
    `;

    it('makes one file of it for Node, beside which the core modules are copied', async () => {
      const entry = write('entry.mjs', ENTRY);
      await build({ entryPoints: [entry], outfile: `${folder}/out/app.mjs`, bundle: true, format: 'esm', platform: 'node', logLevel: 'error' });
      assert.match(await run(`${folder}/out/app.mjs`, { given: ['--unhandled-rejections=warn'] }).catch(({ stderr }) => stderr), /flows\.wasm of the package cannot be read/);
      copyFileSync(`${installed}/dist/flows.wasm`, `${folder}/out/flows.wasm`);
      assert.equal((await run(`${folder}/out/app.mjs`)).trim(), 't0k3n');
    });

    it('makes a page of it, with nothing of Node in it', async () => {
      const entry = write('page.mjs', ENTRY);
      const { metafile } = await build({
        entryPoints: [entry], outdir: `${folder}/page`, bundle: true, splitting: true, format: 'esm', platform: 'browser', metafile: true, logLevel: 'error',
      });
      const inputs = Object.keys(metafile.inputs).join('\n');
      assert.ok(inputs.includes('dist/web.js') && !inputs.includes('dist/index.js'), inputs);
      const written = readdirSync(`${folder}/page`).map((name) => readFileSync(`${folder}/page/${name}`, 'utf8')).join('');
      assert.ok(!/["']node:/.test(written));
    });
  });
});
