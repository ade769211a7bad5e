//! What the examples say.

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
