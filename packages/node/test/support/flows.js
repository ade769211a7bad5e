//! Makes the call of a case of the flows, and compares what it gives. Nothing here is of Node.

import { authErrorFields, camel, expectedError, tokenFields, toOwn, withOrigin, withoutNone } from './values.js';

/** The arguments of each function, in their order. */
const PARAMETERS = {
  authenticate: ['controlRoom', 'credentials'],
  validate: ['controlRoom', 'token'],
  refresh: ['controlRoom', 'token'],
  logout: ['controlRoom', 'token'],
  ropcAuthenticate: ['orchestrator', 'credentials'],
  clientCredentialsAuthenticate: ['identityServer', 'credentials'],
  currentUser: ['orchestrator', 'token'],
};

/** Makes the call with the package that is given. Returns what came, and what should have. */
export async function runFlow(rpaAuth, one, origin, names, options) {
  const given = toOwn(withOrigin(one.arguments, origin));
  const name = camel(one.call);
  const from = Date.now();
  let came;
  try {
    const result = await rpaAuth[name](...PARAMETERS[name].map((parameter) => given[parameter]), options);
    came = asResult(name, result, from);
  } catch (error) {
    came = { error: authErrorFields(error) };
  }
  const expected = withOrigin(one.result, origin);
  return {
    came,
    expected: expected.error ? { error: expectedError(expected.error, names) } : toOwn(expected),
  };
}

function asResult(name, result, from) {
  if (name === 'validate') return { valid: result };
  if (name === 'logout') return { loggedOut: result === undefined };
  if (name === 'currentUser') return { user: withoutNone(result) };
  const expires = result.expiresAt.getTime() - result.lifetimeSeconds * 1000;
  // To the second of its receipt.
  if (expires < from - 1000 || expires > Date.now()) throw new Error(`expires at ${result.expiresAt}`);
  return { token: tokenFields(result) };
}
