//! The project's example of a page, in a headless Chromium, with a Control Room that lets its pages call.

import assert from 'node:assert/strict';
import { rmSync, symlinkSync } from 'node:fs';
import { after, before, it } from 'node:test';
import { pathToFileURL } from 'node:url';

import { repository } from '../support/cases.js';
import { package_, startSimulators } from '../support/programs.js';
import { newFolder } from '../support/servers.js';
import { openPage } from './chromium.js';
import { startPageServer } from './page-server.js';

/** Where npm has put the package. */
let installed;
let pages;
let simulators;
let strangers;
let browser;

before(async () => {
  installed = newFolder();
  symlinkSync(package_, `${installed}/rpa-auth`);
  pages = await startPageServer({
    page: new URL('examples/web/index.html', repository),
    folders: { node_modules: pathToFileURL(`${installed}/`) },
  });
  simulators = await startSimulators({ tls: false, pagesOf: pages.origin });
  strangers = await startSimulators({ tls: false });
  browser = await openPage(`${pages.origin}/`);
});

after(async () => {
  await browser?.close();
  await simulators?.stop();
  await strangers?.stop();
  await pages?.stop();
  rmSync(installed, { recursive: true });
});

/** Fills the form in, and returns what the page says in the end. */
async function logIn(url, password) {
  const { page } = browser;
  const fields = { url, username: 'ada', password };
  await page.$eval('form', (form) => form.reset());
  for (const [name, value] of Object.entries(fields)) await page.type(`[name=${name}]`, value);
  await page.$eval('output', (output) => (output.value = ''));
  await page.click('button');
  await page.waitForFunction(() => !['', 'logging in ...'].includes(document.querySelector('output').value));
  return page.$eval('output', (output) => output.value);
}

it('a person logs in to a Control Room from a page', async () => {
  assert.match(await logIn(simulators.controlRoom, 'password'), /^a token for 1[12]\d\d s, to send as X-Authorization$/);
  assert.equal(simulators.count('POST /v2/authentication'), 1);
  assert.match(await logIn(simulators.controlRoom, 'another'), /^credentials rejected .*Ask a person\.$/);
  assert.deepEqual(browser.errors, []);
});

it('a Control Room that knows nothing of the page is not logged in to', async () => {
  assert.match(await logIn(strangers.controlRoom, 'password'), /^unreachable/);
  assert.equal(strangers.count('POST /v2/authentication'), 0);
});
