import { MemoryStore, Session, StillGood } from 'rpa-auth';

const session = await Session.open(
  {
    controlRoom: {
      controlRoom: { url: process.env.CONTROL_ROOM, api: 'v2' },
      credentials: { username: 'ada', secret: { password: process.env.CR_PASSWORD } },
    },
  },
  { store: new MemoryStore(), placeKey: process.env.PLACE_KEY, sealingKeys: [process.env.SEALING_KEY] },
);

const { token, origin } = await session.token();
console.log(`from ${origin}`);

// An API answers 401 to the token:
try {
  const renewed = await session.renew(token);
  console.log(`renewed: ${renewed.origin}`);
} catch (error) {
  if (!(error instanceof StillGood)) throw error;
  console.log('the token is good: look at the rights of the user');
}

const { state, refusals, loginsLeft } = await session.status();
console.log(`${state}, ${refusals} refusals, ${loginsLeft} logins left`);
session.close();
