import { clientCredentialsAuthenticate } from 'rpa-auth';

const identityServer = { tokenUrl: process.env.TOKEN_URL };
const token = await clientCredentialsAuthenticate(identityServer, {
  clientId: 'app',
  clientSecret: process.env.CLIENT_SECRET,
  scopes: ['OR.Folders.Read'],
});
console.log(`granted: ${token.scopes}`);
