import { Redis } from 'ioredis';
import { RedisStore } from 'rpa-auth';

const redis = new Redis(process.env.REDIS_URL);
const store = new RedisStore(redis);
console.log(await store.read('5d'.repeat(32)));
redis.disconnect();
