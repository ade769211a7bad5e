//! One program among others that share a token: two callers at a time. Says how each came to its token.
//! With `REJECTED` it says that the API refused that one.

import { createHash } from 'node:crypto';

import { openStore } from './open-store.js';
import { Session } from 'rpa-auth';

const { CONTROL_ROOM, CR_PASSWORD, STORE, CLIENT, PLACE_KEY, SEALING_KEY, REJECTED } = process.env;

const { store, close } = await openStore(STORE, CLIENT);
const session = await Session.open(
  {
    controlRoom: {
      controlRoom: { url: CONTROL_ROOM, api: 'v2' },
      credentials: { username: 'ada', secret: { password: CR_PASSWORD } },
    },
  },
  { store, placeKey: PLACE_KEY, sealingKeys: [SEALING_KEY], actor: `node ${process.pid}` },
);
const call = () => (REJECTED ? session.renew(REJECTED) : session.token());
const grants = await Promise.all([call(), call()]);
const said = grants.map(({ token, origin }) => ({ origin, digest: createHash('sha256').update(token.value).digest('hex') }));
console.log(JSON.stringify(said));
session.close();
await close();
