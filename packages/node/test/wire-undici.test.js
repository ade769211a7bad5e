//! Every case of the wire with undici's package: its `fetch`, and its agent behind the `fetch` of
//! Node, where it puts itself when it is loaded first.

import { readFileSync } from 'node:fs';

import * as rpaAuth from 'rpa-auth';
import { Agent, fetch, ProxyAgent } from 'undici';

import { wireSuite } from './support/wire-suite.js';

function undici({ ca, proxy }) {
  const tls = ca ? { ca: readFileSync(ca) } : {};
  return { fetch, dispatcher: proxy ? new ProxyAgent(proxy) : new Agent({ connect: tls }) };
}

wireSuite("the cases of the wire with undici's fetch", rpaAuth, undici);

wireSuite("the cases of the wire with undici's agent behind Node's fetch", rpaAuth, (place) =>
  place.ca || place.proxy ? undici(place) : {},
);
