// Starts a work item and waits for its end, with a token that all programs of one user share.
//   CR_PASSWORD, PLACE_KEY, SEALING_KEY: from the environment
//   node work-item.mjs https://cr.example.com ada /var/lib/robots/tokens
import { setTimeout } from 'node:timers/promises';

import { DirectoryStore, Session } from 'rpa-auth';

const [url, username, folder] = process.argv.slice(2);
const { CR_PASSWORD: password, PLACE_KEY: placeKey, SEALING_KEY: sealingKey } = process.env;

const controlRoom = { url, api: 'v2', transport: { allowHttp: url.startsWith('http://127.0.0.1:') } };
const session = await Session.open(
  { controlRoom: { controlRoom, credentials: { username, secret: { password } } } },
  { store: await DirectoryStore.open(folder), placeKey, sealingKeys: [sealingKey] },
);

/** Calls the Control Room. A token that it refuses is renewed, once for all programs. */
async function call(method, path, body) {
  const headers = { accept: 'application/json', ...(body && { 'content-type': 'application/json' }) };
  const answer = await session.fetch(path, { method, headers, body: body && JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${path}: the Control Room answers ${answer.status}`);
  return answer.json();
}

const queue = '/v3/wlm/queues/4/workitems';
const { ids: [id] } = await call('POST', queue, { workItems: [{ invoice: 4711 }] });
let item;
for (let look = 0; look < 60 && item?.status !== 'COMPLETED'; look += 1) {
  if (item) await setTimeout(1000);
  item = await call('GET', `${queue}/${id}`);
}
session.close();
if (item.status !== 'COMPLETED') throw new Error(`work item ${id} is not done after a minute`);
console.log(`work item ${id}: ${item.result}`);
