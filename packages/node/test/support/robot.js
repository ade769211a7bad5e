//! A program with a shared session over Redis, told by JSON on its command line. It says `ready`, waits
//! for a line on its standard input, renews the token that it was told is dead, and prints what came.

import { createInterface } from 'node:readline/promises';

import { createClient } from 'redis';
import { RedisStore, Session } from 'rpa-auth';

const { url, redis: address, place, sealing, rejected } = JSON.parse(process.argv[2]);
const client = createClient({ url: address });
await client.connect();
const controlRoom = { url, api: 'v2', transport: { allowHttp: true } };
const session = await Session.open(
  { controlRoom: { controlRoom, credentials: { username: 'ada', secret: { password: 'password' } } } },
  { store: new RedisStore(client), placeKey: place, sealingKeys: [sealing], actor: 'a script of Node' },
);
console.log('ready');
await createInterface({ input: process.stdin }).question('');
const { token, origin } = await session.renew(rejected);
console.log(JSON.stringify({ token: token.value, origin }));
session.close();
client.destroy();
