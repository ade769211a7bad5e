import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';

import { authenticate } from 'rpa-auth';
import { Agent, fetch } from 'undici';

const ca = [...rootCertificates, await readFile(process.env.COMPANY_CA, 'utf8')];
const dispatcher = new Agent({ connect: { ca } });

const token = await authenticate(
  { url: process.env.CONTROL_ROOM, api: 'v2' },
  { username: 'ada', secret: { password: process.env.CR_PASSWORD } },
  { fetch, dispatcher },
);
console.log(`a token for ${token.lifetimeSeconds} s`);
await dispatcher.close();
