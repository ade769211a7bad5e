//! The project's example of a work item, beside an installed package.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { after, before, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { repository } from './support/cases.js';
import { package_, startSimulators } from './support/programs.js';
import { newFolder } from './support/servers.js';

let folder;
let simulators;

before(async () => {
  folder = newFolder();
  mkdirSync(`${folder}/node_modules`);
  symlinkSync(package_, `${folder}/node_modules/rpa-auth`);
  copyFileSync(fileURLToPath(new URL('examples/work-item/work-item.mjs', repository)), `${folder}/work-item.mjs`);
  simulators = await startSimulators({ tls: false });
});

after(async () => {
  await simulators?.stop();
  rmSync(folder, { recursive: true });
});

it('a work item is started and waited for', async () => {
  const given = [`${folder}/work-item.mjs`, simulators.controlRoom, 'ada', `${folder}/tokens`];
  const key = () => randomBytes(32).toString('hex');
  const { stdout } = await promisify(execFile)(process.execPath, given, {
    env: { PATH: process.env.PATH, CR_PASSWORD: 'password', PLACE_KEY: key(), SEALING_KEY: key() },
    timeout: 60_000,
  });
  assert.equal(stdout, 'work item 18: invoice 4711 posted\n');
  assert.equal(simulators.count('POST /v2/authentication'), 1);
  assert.equal(simulators.count('GET  /v3/wlm/queues/4/workitems/18'), 3);
});
