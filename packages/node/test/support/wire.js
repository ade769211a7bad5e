//! Makes the calls of a case of the wire, and compares what they give. Nothing here is of Node.

import { authErrorFields, toOwn } from './values.js';

/** Between two calls of a case: some clients take a while to have a connection back. */
const PAUSE_MS = 300;

/** Makes the calls of a case, and gives of each what `expected` lists, or all where it has not that. */
export async function runWire(rpaAuth, one, url, expected, options) {
  const came = [];
  for (const call of one.calls) {
    if (came.length > 0) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    came.push(listed(expected[came.length], await made(rpaAuth, call, url, options)));
  }
  return came;
}

async function made(rpaAuth, call, url, options) {
  const transport = { ...toOwn(call.transport ?? {}), ...(url.startsWith('http:') && { allowHttp: true }) };
  const controlRoom = { url, api: 'v2', transport };
  const length = call['password-length'];
  const password = length === undefined ? 'pa55-w0rd' : 'x'.repeat(length);
  try {
    switch (call.function) {
      case 'authenticate': {
        const credentials = { username: 'ada', secret: { password } };
        const token = await rpaAuth.authenticate(controlRoom, credentials, options);
        return { token: { value: token.value } };
      }
      case 'validate':
        return { valid: await rpaAuth.validate(controlRoom, 't0k3n', options) };
      default:
        throw new Error(`no case calls ${call.function}`);
    }
  } catch (error) {
    return { error: authErrorFields(error) };
  }
}

/** What the calls of a case should give at its place, as the package writes it. */
export function resultsAt(place, one) {
  const text = JSON.stringify(one.calls.map(({ result }) => result));
  return toOwn(JSON.parse(text.replaceAll('{origin}', place.url).replaceAll('{other}', place.other ?? '')));
}

/** The part of `came` that `wanted` lists; all of it where something is missing. */
function listed(wanted, came) {
  const isTable = (value) => typeof value === 'object' && value !== null;
  if (!isTable(wanted) || !isTable(came) || Object.keys(wanted).some((key) => !(key in came))) return came;
  return Object.fromEntries(Object.keys(wanted).map((key) => [key, listed(wanted[key], came[key])]));
}
