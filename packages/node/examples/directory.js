import { DirectoryStore, Session } from 'rpa-auth';

const store = await DirectoryStore.open(process.env.TOKENS);
const session = await Session.open(
  {
    ropc: {
      orchestrator: { url: process.env.ORCHESTRATOR },
      credentials: { tenancyName: 'Default', usernameOrEmailAddress: 'ada', password: process.env.UIPATH_PASSWORD },
    },
  },
  { store, placeKey: process.env.PLACE_KEY, sealingKeys: [process.env.SEALING_KEY] },
);
const { origin } = await session.token();
console.log(`from ${origin}`);
session.close();
