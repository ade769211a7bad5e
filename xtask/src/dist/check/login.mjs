import { authenticate } from 'rpa-auth';

const room = { url: process.argv[2], api: 'v2', transport: { allowHttp: true } };
const token = await authenticate(room, { username: 'ada', secret: { password: 'password' } });
console.log(token.value);
