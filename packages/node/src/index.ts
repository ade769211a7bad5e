//! `rpa-auth`: login tokens of Automation Anywhere Control Room and UiPath Orchestrator.

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
export type { Key } from './session/keys.js';
export { Token, type TokenHeader } from './token.js';
