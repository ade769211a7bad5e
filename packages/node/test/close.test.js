//! A session that is closed beside its calls: those that came before go on, and what the component
//! knows is wiped at the end of the last one.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { InvalidArgument, MemoryStore, Session } from 'rpa-auth';

import { account, errorOf, keys } from './support/given.js';
import { good, httpServer } from './support/raw.js';

/** How many sessions the component has wiped. */
let wiped = 0;

const instantiate = WebAssembly.instantiate;
WebAssembly.instantiate = async (core, imports) => {
  const { exports } = await instantiate(core, imports);
  const counted = Object.entries(exports).map(([name, value]) => [name, name.endsWith('[dtor]session') ? counting(value) : value]);
  return { exports: Object.fromEntries(counted) };
};

function counting(destroy) {
  return (...given) => {
    wiped += 1;
    return destroy(...given);
  };
}

/** More turns of the queue of microtasks than there are between two steps of a call. */
const TURNS = 16;

/** Makes a test of each count of turns between the beginning of a call and what comes then. */
function eachTurn(what, test) {
  for (let turns = 0; turns < TURNS; turns += 1) {
    const after = async (then) => {
      for (let turn = 0; turn < turns; turn += 1) await null;
      then();
    };
    it(`${what}, after ${turns} turns`, () => test(after));
  }
}

/** Runs a test with a session whose login is answered when the test says so. */
async function withLogin(test) {
  let answer;
  let come;
  const came = new Promise((resolve) => { come = resolve; });
  const answered = new Promise((resolve) => { answer = resolve; });
  const server = await httpServer(async (response, { url }) => {
    if (url !== '/v2/authentication') {
      if (url === '/refuses') response.writeHead(401).end();
      else response.writeHead(200).end('{"valid":true}');
      return;
    }
    come();
    await answered;
    good(response);
  });
  try {
    const session = await Session.open(account(server.origin), { store: new MemoryStore(), ...keys() });
    await test({ session, server, came, answer });
  } finally {
    await server.stop();
  }
}

describe('a session that is closed', () => {
  eachTurn('lets a call go on that came before', (after) => withLogin(async ({ session, server, answer }) => {
    const before = wiped;
    const call = session.token();
    await after(() => session.close());
    answer();
    assert.equal((await call).origin, 'login');
    assert.equal(server.requests.length, 1);
    assert.ok((await errorOf(session.token())) instanceof InvalidArgument);
    assert.equal(wiped - before, 1);
  }));

  eachTurn('beside a call that begins lets a login under way go on', (after) => withLogin(async ({ session, server, came, answer }) => {
    const before = wiped;
    const login = session.token();
    await came;
    const other = session.token();
    await after(() => session.close());
    assert.equal(wiped - before, 0, 'a call is under way');
    answer();
    assert.equal((await login).origin, 'login');
    assert.equal((await other).token.value, 't0k3n-of-ada');
    assert.equal(server.requests.length, 1);
    assert.equal(wiped - before, 1);
  }));

  it('lets a call of the API go on, its renewal included', () => withLogin(async ({ session, server, came, answer }) => {
    const before = wiped;
    const call = session.fetch('/refuses');
    await came;
    session.close();
    assert.ok((await errorOf(session.fetch('/refuses'))) instanceof InvalidArgument);
    answer();
    // The platform is asked, and says that the token is good.
    assert.equal((await call).status, 401);
    assert.equal(server.requests.length, 3);
    assert.equal(wiped - before, 1);
  }));

  it('is wiped at once where no call is under way, and once', () => withLogin(async ({ session, answer }) => {
    answer();
    await session.token();
    const before = wiped;
    session.close();
    session.close();
    await null;
    await null;
    assert.equal(wiped - before, 1);
    for (const call of ['token', 'status', 'endForAll', 'reopen', 'resetRefusals']) {
      assert.ok((await errorOf(session[call]())) instanceof InvalidArgument, call);
    }
  }));
});
