//! Every case of the wire with the `fetch` of Node as far as it goes: what a call comes to where
//! the connection, TLS or the answer is at fault.

import { readFileSync } from 'node:fs';

import * as rpaAuth from 'rpa-auth';

import { wireSuite } from './support/wire-suite.js';

// Before undici's package is loaded: it puts its own agent behind Node's `fetch` where that has
// none yet.
await fetch('data:,');
const { Agent, fetch: undiciFetch, ProxyAgent } = await import('undici');

wireSuite("the cases of the wire with Node's fetch, and undici's where a CA or a proxy is given", rpaAuth, (place) => {
  if (place.proxy) return { fetch: undiciFetch, dispatcher: new ProxyAgent(place.proxy) };
  if (place.ca) return { fetch: undiciFetch, dispatcher: new Agent({ connect: { ca: readFileSync(place.ca) } }) };
  return {};
});
