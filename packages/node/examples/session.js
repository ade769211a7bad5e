import { createClient } from 'redis';
import { RedisStore, Session } from 'rpa-auth';

const redis = createClient({ url: process.env.REDIS_URL });
redis.on('error', (error) => console.error(error.message));
await redis.connect();

const account = {
  controlRoom: {
    controlRoom: { url: process.env.CONTROL_ROOM, api: 'v2' },
    credentials: { username: 'ada', secret: { password: process.env.CR_PASSWORD } },
  },
};
const session = await Session.open(account, {
  store: new RedisStore(redis),
  placeKey: process.env.PLACE_KEY,
  sealingKeys: [process.env.SEALING_KEY],
  actor: 'nightly invoices',
});

const answer = await session.fetch('/v3/wlm/queues/4/workitems/17');
console.log(answer.status, (await answer.json()).status);

session.close();
redis.destroy();
