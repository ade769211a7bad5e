//! What the examples find in their environment, and what they say.

import { randomBytes } from 'node:crypto';

import { newFolder } from './servers.js';

/** Where the platforms and stores are that were started, and the secrets for them. */
export function environment({ simulators, redis, postgres }) {
  return {
    CONTROL_ROOM: simulators.controlRoom,
    ORCHESTRATOR: simulators.orchestrator,
    TOKEN_URL: simulators.tokenUrl,
    CR_PASSWORD: 'password',
    CR_API_KEY: 'key',
    UIPATH_PASSWORD: 'password',
    CLIENT_SECRET: 'secret',
    NODE_EXTRA_CA_CERTS: simulators.ca,
    REDIS_URL: redis.url,
    POSTGRES_URL: postgres.url,
    TOKENS: `${newFolder()}/tokens`,
    PLACE_KEY: randomBytes(32).toString('hex'),
    SEALING_KEY: randomBytes(32).toString('hex'),
  };
}

/** What each example prints, wherever it runs. One that is missing here was not run. */
export const PRINTS = {
  'first-token.js': /^a token for 1[12]\d\d s, sent as X-Authorization$/m,
  'first-token.cjs': /^a token for 1[78]\d\d s, sent as Authorization$/m,
  'application.js': /^granted: OR\.Folders\.Read$/m,
  'session.js': /^200 \w+$/m,
  'renew.js': /^from login\nthe token is good: look at the rights of the user\nvalid, 0 refusals, 2 logins left$/m,
  'directory.js': /^from login$/m,
  'postgres.js': /^200$/m,
  'ioredis.js': /^undefined$/m,
  'company-ca.js': /^a token for 1[12]\d\d s$/m,
  'client-certificate.js': /^a token for 1[12]\d\d s$/m,
  'proxy.js': /^a token for 1[12]\d\d s$/m,
  'errors.js': /^unreachable: the connection was refused\. Nothing was sent\.\nnothing was sent: try again$/m,
  'limits.js': /^a token for 1[12]\d\d s$/m,
  'keep-token.js': /^\{"name":"X-Authorization","value":"\[redacted\]"\}\ntrue true\nfalse$/m,
};
