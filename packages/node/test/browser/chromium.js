//! A headless Chromium with a page of the package.

import { createHash, X509Certificate } from 'node:crypto';
import { accessSync, constants, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import puppeteer from 'puppeteer-core';

/** Longer than any case takes. */
const TIMEOUT_MS = 180_000;

/** Opens `url`. A server with the certificate in the file `trusted` is trusted, if there is one. */
export async function openPage(url, trusted) {
  const folder = mkdtempSync(join(tmpdir(), 'rpa-auth-chromium-'));
  const browser = await puppeteer.launch({
    executablePath: chromium(),
    userDataDir: folder,
    protocolTimeout: TIMEOUT_MS,
    args: [
      ...(trusted ? [`--ignore-certificate-errors-spki-list=${keyHash(trusted)}`] : []),
      // The sandbox is not to be had by root.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ],
  });
  const close = async () => {
    await browser.close();
    rmSync(folder, { recursive: true, maxRetries: 5 });
  };
  const page = await browser.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(error));
  page.on('response', (response) => {
    if (response.url().startsWith(url) && !response.ok()) errors.push(new Error(`${response.url()} is not there`));
  });
  await page.goto(url, { waitUntil: 'load' });
  if (errors.length > 0) {
    await close();
    throw new AggregateError(errors, `the page does not load: ${errors.join(', ')}`);
  }
  return {
    page,
    /** What went wrong in the page, and nobody caught. */
    errors,
    close,
  };
}

function chromium() {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // Not here.
      }
    }
  }
  throw new Error('chromium is missing: on Debian it is in the package chromium');
}

/** The hash of a certificate's key, as Chromium wants it. */
function keyHash(file) {
  const { publicKey } = new X509Certificate(readFileSync(file));
  return createHash('sha256').update(publicKey.export({ type: 'spki', format: 'der' })).digest('base64');
}
