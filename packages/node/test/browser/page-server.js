//! Serves a page: the package as it is in `dist`, without a bundler.

import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname } from 'node:path';

/** What the package gives to whoever is not Node. */
const { exports } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const ENTRY = new URL(exports['.'].default.default, 'http://page/').pathname;

const PAGE = `<!doctype html>
<meta charset="utf-8">
<title>rpa-auth</title>
<link rel="icon" href="data:,">
<script type="importmap">{ "imports": { "rpa-auth": "${ENTRY}" } }</script>
<script type="module" src="/browser/page.js"></script>
`;

const FOLDERS = {
  dist: new URL('../../dist/', import.meta.url),
  support: new URL('../support/', import.meta.url),
  browser: new URL('./', import.meta.url),
};

const TYPES = { '.js': 'text/javascript', '.wasm': 'application/wasm' };

/** Starts it with a page and the folders beside it, by name. Its `origin` is that of the page. */
export async function startPageServer({ page, folders = FOLDERS } = {}) {
  const html = page ? await readFile(page) : PAGE;
  const server = createServer(async ({ url }, response) => {
    if (url === '/') {
      response.setHeader('content-type', 'text/html').end(html);
      return;
    }
    const [, folder, path] = /^\/(\w+)\/([\w/.-]+)$/.exec(url) ?? [];
    try {
      const bytes = await readFile(new URL(path, folders[folder]));
      response.setHeader('content-type', TYPES[extname(path)]).end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    stop() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
