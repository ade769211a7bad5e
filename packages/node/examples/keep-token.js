import { authenticate, logout, Token, validate } from 'rpa-auth';

const controlRoom = { url: process.env.CONTROL_ROOM, api: 'v2' };
const token = await authenticate(controlRoom, { username: 'ada', secret: { password: process.env.CR_PASSWORD } });

console.log(JSON.stringify(token.header)); // {"name":"X-Authorization","value":"[redacted]"}

const text = token.serialize(); // a secret: keep it as one
const again = Token.deserialize(text);
console.log(await validate(controlRoom, again), again.expiresAt > new Date());

await logout(controlRoom, again);
console.log(await validate(controlRoom, again));
