import { readFile } from 'node:fs/promises';

import { authenticate } from 'rpa-auth';
import { Agent, fetch } from 'undici';

const dispatcher = new Agent({
  connect: {
    ca: await readFile(process.env.COMPANY_CA, 'utf8'),
    cert: await readFile(process.env.CLIENT_CERTIFICATE, 'utf8'),
    key: await readFile(process.env.CLIENT_KEY, 'utf8'),
  },
});

const token = await authenticate(
  { url: process.env.CONTROL_ROOM, api: 'v2' },
  { username: 'ada', secret: { password: process.env.CR_PASSWORD } },
  { fetch, dispatcher },
);
console.log(`a token for ${token.lifetimeSeconds} s`);
await dispatcher.close();
