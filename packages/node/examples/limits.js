import { authenticate } from 'rpa-auth';

const controlRoom = {
  url: process.env.CONTROL_ROOM,
  api: 'v2',
  transport: { connectTimeoutMs: 3_000, firstByteTimeoutMs: 20_000, totalTimeoutMs: 25_000 },
};
const token = await authenticate(
  controlRoom,
  { username: 'ada', secret: { apiKey: process.env.CR_API_KEY } },
  { signal: AbortSignal.timeout(30_000) },
);
console.log(`a token for ${token.lifetimeSeconds} s`);
