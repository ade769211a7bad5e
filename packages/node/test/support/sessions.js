//! Makes the calls of a case of sessions, and compares what they give. Nothing here is of Node.

import { authErrorFields, camel, expectedError, toOwn, withOrigin, withoutNone } from './values.js';

/** What a case says nothing of. */
const PATIENCE_MS = 5000;

/** The sessions of one case: they share a store and keys. */
export class SessionsOfACase {
  #rpaAuth;
  #case;
  #names;
  #shared;
  #opened = new Map();

  /** `options` are those that all sessions have: the store, say. */
  constructor(rpaAuth, one, origin, names, options) {
    this.#rpaAuth = rpaAuth;
    this.#case = withOrigin(one, origin);
    this.#names = names;
    this.#shared = { placeKey: randomKey(), sealingKeys: [randomKey()], ...options };
  }

  /** Opens all of them. Returns the error of the one that is refused, where one is. */
  async open() {
    for (const [name, { account, options }] of Object.entries(this.#case.session)) {
      const given = { patienceMs: PATIENCE_MS, ...toOwn(options ?? {}), ...this.#shared };
      try {
        this.#opened.set(name, await this.#rpaAuth.Session.open(toOwn(account), given));
      } catch (error) {
        return { by: name, error: sessionErrorFields(error) };
      }
    }
    return undefined;
  }

  /** What the case says of one that is refused. */
  get refused() {
    const { by, error } = this.#case.refused;
    return { by, error: this.#expectedError(error) };
  }

  get calls() {
    return this.#case.call ?? [];
  }

  /** Makes a call. Returns what came, cut to what is compared, and what should have. */
  async run({ by, function: name, rejected, result }) {
    const session = this.#opened.get(by);
    const { absent = [], ...rest } = result;
    const [[kind, said]] = Object.entries(rest);
    const expected = { [kind]: kind === 'error' ? this.#expectedError(said) : toOwn(said) };
    let came;
    try {
      came = asResult(camel(name), await session[camel(name)](...(rejected === undefined ? [] : [rejected])));
    } catch (error) {
      came = { error: sessionErrorFields(error) };
    }
    return { came: cutTo(came, expected), expected, absent: this.#present(came, absent) };
  }

  close() {
    for (const session of this.#opened.values()) session.close();
  }

  #expectedError(error) {
    if (typeof error === 'string') return { [camel(error)]: true };
    const [[name, said]] = Object.entries(error);
    if (name === 'auth') return { auth: expectedError(said, this.#names) };
    const own = toOwn(said);
    return { [camel(name)]: own.cause ? { ...own, cause: expectedError(said.cause, this.#names) } : own };
  }

  /** Which of the fields that must be none are there. */
  #present(came, absent) {
    let of = Object.values(came)[0];
    if (came.error) of = Object.values(of)[0];
    return absent.map(camel).filter((name) => of[name] !== undefined);
  }
}

function asResult(name, result) {
  if (name === 'token' || name === 'renew') {
    const { token, ...rest } = result;
    const { value, header, lifetimeSeconds, lifetimeSource, multipleLogin, scopes } = token;
    const fields = { value, header: { name: header.name, value: header.value }, lifetimeSeconds, lifetimeSource, multipleLogin, scopes };
    return { grant: withoutNone({ ...rest, token: fields }) };
  }
  if (name === 'status') {
    const { cause } = result;
    return { status: withoutNone({ ...result, cause: cause && authErrorFields(cause) }) };
  }
  return { done: result === undefined };
}

function sessionErrorFields(error) {
  switch (error.name) {
    case 'CoolingDown': {
      const { retryAfter: retryAfterSeconds, refusals, cause } = error;
      return { coolingDown: withoutNone({ retryAfterSeconds, refusals, cause: authErrorFields(cause) }) };
    }
    case 'Contested':
      return { contested: { refused: error.refused, retryAfterSeconds: error.retryAfter } };
    case 'StillGood':
    case 'Ended':
    case 'Busy':
      return { [camel(error.kind)]: true };
    case 'StoreError':
      return { store: { [error.problem]: error.reason } };
    default:
      return { auth: authErrorFields(error) };
  }
}

/** Of a table only the fields that are listed are compared; an array whole. */
function cutTo(came, expected) {
  if (typeof expected !== 'object' || expected === null || Array.isArray(expected)) return came;
  if (typeof came !== 'object' || came === null) return came;
  return Object.fromEntries(Object.entries(expected).map(([key, of]) => [key, cutTo(came[key], of)]));
}

function randomKey() {
  return crypto.getRandomValues(new Uint8Array(32));
}
