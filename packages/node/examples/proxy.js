import { readFile } from 'node:fs/promises';

import { authenticate } from 'rpa-auth';
import { fetch, ProxyAgent } from 'undici';

const dispatcher = new ProxyAgent({
  uri: process.env.PROXY,
  // Where the proxy wants a login: `Basic ` and user:password in base64.
  token: process.env.PROXY_AUTHORIZATION,
  requestTls: { ca: await readFile(process.env.COMPANY_CA, 'utf8') },
});

const token = await authenticate(
  { url: process.env.CONTROL_ROOM, api: 'v2' },
  { username: 'ada', secret: { password: process.env.CR_PASSWORD } },
  { fetch, dispatcher },
);
console.log(`a token for ${token.lifetimeSeconds} s`);
await dispatcher.close();
