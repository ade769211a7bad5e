import pg from 'pg';
import { PostgresStore, Session } from 'rpa-auth';

const pool = new pg.Pool({ connectionString: process.env.POSTGRES_URL });
const store = new PostgresStore(pool);
const session = await Session.open(
  {
    clientCredentials: {
      identityServer: { tokenUrl: process.env.TOKEN_URL },
      credentials: { clientId: 'app', clientSecret: process.env.CLIENT_SECRET, scopes: ['OR.Folders.Read'] },
    },
  },
  {
    store,
    placeKey: process.env.PLACE_KEY,
    sealingKeys: [process.env.SEALING_KEY],
    apiUrl: process.env.ORCHESTRATOR,
  },
);
const answer = await session.fetch('/odata/Folders');
console.log(answer.status);

session.close();
await store.close();
await pool.end();
