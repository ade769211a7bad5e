// node login.mjs LOGIN: makes the login that the JSON says, and prints what came of it as
// the JSON of the contract's result.

import { auth } from "./plugin/plugin.js";

const { url, password, transport } = JSON.parse(process.argv[2]);
const room = {
  url,
  api: "v2",
  transport: {
    allowHttp: true,
    connectTimeoutMs: transport["connect-timeout-ms"],
    firstByteTimeoutMs: transport["first-byte-timeout-ms"],
    totalTimeoutMs: transport["total-timeout-ms"],
  },
};
const credentials = { username: "ada", secret: { tag: "password", val: password } };

let result;
try {
  result = { ok: auth.authenticate(room, credentials).value };
} catch (error) {
  const { tag, val } = error.payload ?? error;
  if (!tag) throw error;
  result = { error: { [tag]: val ?? null } };
}
// The shim's worker would go on.
process.stdout.write(JSON.stringify(result), () => process.exit());
