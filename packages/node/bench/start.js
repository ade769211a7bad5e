//! One start: prints how long it took until the first call could be made.

import { createRequire } from 'node:module';

const kind = process.argv[2];
let began = performance.now();
await import('data:text/javascript,');
const nothing = performance.now() - began;

// The first call gives up before it sends anything, when its component is there.
const given = [{ url: 'https://h', api: 'v2' }, { username: 'a', secret: { password: 'b' } }];
const controller = new AbortController();
began = performance.now();
const { authenticate } = kind === 'esm' ? await import('rpa-auth') : createRequire(import.meta.url)('rpa-auth');
let ready;
const fetch = () => {
  ready = performance.now() - began;
  controller.abort();
  return new Promise(() => {});
};
await authenticate(...given, { fetch, signal: controller.signal }).catch(() => {});
console.log(JSON.stringify({ nothing, ready }));
