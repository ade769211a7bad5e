import { authenticate } from 'rpa-auth';

const controlRoom = { url: process.env.CONTROL_ROOM, api: 'v2' };
const credentials = { username: 'ada', secret: { password: process.env.CR_PASSWORD } };
const token = await authenticate(controlRoom, credentials);
console.log(`a token for ${token.lifetimeSeconds} s, sent as ${token.header.name}`);
