//! One start: prints how long it took until the component was there, and until the first request would leave.

import { createRequire } from 'node:module';

const kind = process.argv[2];
let began = performance.now();
await import('data:text/javascript,');
const nothing = performance.now() - began;

// The first call gives up when its request would leave.
const given = [{ url: 'https://h', api: 'v2' }, { username: 'a', secret: { password: 'b' } }];
const controller = new AbortController();
const { instantiate } = WebAssembly;
began = performance.now();
let ready;
WebAssembly.instantiate = async (...given) => {
  const instance = await instantiate(...given);
  ready = performance.now() - began;
  return instance;
};
const { authenticate } = kind === 'esm' ? await import('rpa-auth') : createRequire(import.meta.url)('rpa-auth');
let sent;
const fetch = () => {
  sent = performance.now() - began;
  controller.abort();
  return new Promise(() => {});
};
await authenticate(...given, { fetch, signal: controller.signal }).catch(() => {});
console.log(JSON.stringify({ nothing, ready, sent }));
