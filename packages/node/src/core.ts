//! What the package is in every environment: all but the store in a directory.

export {
  AuthError,
  InvalidArgument,
  OtherError,
  Redirected,
  Rejected,
  Stopped,
  Throttled,
  UnexpectedResponse,
  Unreachable,
} from './errors.js';
export * from './generated/functions.js';
export type * from './generated/types.js';
export type { FetchAnswer, FetchInit, FetchLike } from './http/fetch.js';
export type { CallOptions } from './options.js';
export {
  Busy,
  Contested,
  CoolingDown,
  Ended,
  SessionError,
  StillGood,
  StoreError,
  TooManyCalls,
} from './session/errors.js';
export type { ApiInit } from './session/init.js';
export type { Key } from './session/keys.js';
export { type Grant, Session, type SessionCallOptions, type SessionOptions } from './session/session.js';
export { randomVersion, type TokenStore } from './session/store.js';
export { MemoryStore } from './stores/memory.js';
export { type PostgresPool, PostgresStore } from './stores/postgres.js';
export { RedisStore } from './stores/redis.js';
export { Token, type TokenHeader } from './token.js';
