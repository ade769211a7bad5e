//! The errors of the package. None of them holds a secret.

import { adviceFor } from './advice.js';
import { brand, isInstance } from './brand.js';
import type { RejectionKind, TransportFailure } from './generated/types.js';
import { inOwnWords } from './words.js';

/** What an error says beside its message. */
interface Said {
  code?: string | undefined;
  status?: number | undefined;
  retryAfter?: number | undefined;
  mayHaveActed: boolean;
  cause?: Error | undefined;
}

/**
 * Why a call gave no result. Its message says what to do. None of it holds a secret.
 *
 * Every error of this package is one, but for that of a signal that was aborted.
 */
export class AuthError extends Error {
  /**
   * The contract's name of the error: one of the classes below each has one, and `Rejected` has
   * that of what was refused. `docs/errors.md` of the project has a row for each.
   */
  readonly kind: string;
  /** The platform's code: `UM1114`, `1000` or `invalid_client`, say; at most 64 characters. */
  readonly code: string | undefined;
  /** The HTTP status of the answer, where there was one and it is known. */
  readonly status: number | undefined;
  /** In how many seconds to try again, where the platform or the session says so. */
  readonly retryAfter: number | undefined;
  /**
   * Whether the platform may have received a request of this call: a login may have displaced
   * the earlier token, or count as refused. False only where the request surely never left.
   */
  readonly mayHaveActed: boolean;

  /** @internal */
  constructor(kind: string, message: string, said: Said) {
    super(message, said.cause && { cause: said.cause });
    this.kind = kind;
    this.code = said.code;
    this.status = said.status;
    this.retryAfter = said.retryAfter;
    this.mayHaveActed = said.mayHaveActed;
  }

  /** @internal */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, value);
  }
}

/** An argument cannot be used; nothing was sent. Fix the input. */
export class InvalidArgument extends AuthError {
  /** Which argument: `credentials.secret`, say. */
  readonly path: string;
  /** What is wrong with it. Never holds its value. */
  readonly reason: string;

  /** @internal */
  constructor(path: string, reason: string) {
    super('invalid-argument', `${path}: ${reason}`, { mayHaveActed: false });
    this.path = path;
    this.reason = reason;
  }
}

/** The platform refused, or failed: `kind` says which, and what to do. */
export class Rejected extends AuthError {
  declare readonly kind: RejectionKind;
  /**
   * The platform's words, at most 512 characters, in its own language, with every secret of the
   * call struck out.
   */
  readonly platformMessage: string | undefined;

  /** @internal */
  constructor({ kind, status, code, message }: Rejection) {
    const said = `${kind.replaceAll('-', ' ')} (status ${status}${code ? `, code ${code}` : ''})`;
    super(kind, `${withWords(said, message)}. ${adviceFor(kind)}`, { status, code, mayHaveActed: true });
    this.platformMessage = message;
  }
}

/** Too many calls, or out of service for a while: try later. */
export class Throttled extends AuthError {
  /** The platform's words, as in `Rejected`. */
  readonly platformMessage: string | undefined;

  /** @internal */
  constructor({ status, retryAfterSeconds, code, message }: Throttling) {
    const said = `throttled (status ${status}${code ? `, code ${code}` : ''})`;
    super('throttled', `${withWords(said, message)}. ${waitFor(retryAfterSeconds)}`, {
      status,
      code,
      retryAfter: retryAfterSeconds,
      mayHaveActed: true,
    });
    this.platformMessage = message;
  }
}

/** An answer elsewhere, which is never followed. Fix the URL. */
export class Redirected extends AuthError {
  /**
   * Scheme, host and port of the new location, where it has one. The call's own where it is a
   * page of the same server, a login page as a rule. A browser hides it, and the status.
   */
  readonly origin: string | undefined;

  /** @internal */
  constructor({ status, origin }: { status: number | undefined; origin?: string | undefined }) {
    const said = `redirected${status === undefined ? '' : ` (status ${status})`}${origin ? ` to ${origin}` : ''}`;
    super('redirected', `${said}. ${adviceFor('redirected')}`, { status, mayHaveActed: true });
    this.origin = origin;
  }
}

/**
 * Not an answer of this API: a portal page, a proxy, a firewall's page, a web server that wants a
 * sign-in of its own, a missing token. A login may count as refused.
 */
export class UnexpectedResponse extends AuthError {
  /** What is wrong with it. Never holds the body. */
  readonly what: string;

  /** @internal */
  constructor({ status, what }: { status: number; what: string }) {
    super('unexpected-response', `unexpected response (status ${status}): ${what}. ${adviceFor('unexpected-response')}`, {
      status,
      mayHaveActed: true,
    });
    this.what = what;
  }
}

/** No answer came. `mayHaveActed` says whether the request may have left. */
export class Unreachable extends AuthError {
  /** What failed. */
  readonly failure: TransportFailure;

  /** @internal */
  constructor({ failure, mayHaveActed, why }: NoAnswer) {
    const acted = adviceFor(mayHaveActed ? 'may-have-acted' : 'never-left');
    super('unreachable', `unreachable: ${why?.message ?? FAILURES[failure]}. ${acted}`, { mayHaveActed, cause: why });
    this.failure = failure;
  }
}

/** The package itself failed, which should never happen: report it. The next call works. */
export class Stopped extends AuthError {
  /** @internal */
  constructor(mayHaveActed: boolean) {
    super('stopped', `the component stopped. ${adviceFor(mayHaveActed ? 'may-have-acted' : 'never-left')} Report it.`, {
      mayHaveActed,
    });
  }
}

/** None of these. This version of the contract gives none. */
export class OtherError extends AuthError {
  /** @internal */
  constructor(text: string | undefined, mayHaveActed = true) {
    super('other', text ? `failed: ${text}` : 'failed', { mayHaveActed });
  }
}

/** @internal */
export interface Rejection {
  kind: RejectionKind;
  status: number;
  code?: string | undefined;
  message?: string | undefined;
}

/** @internal */
export interface Throttling {
  status: number;
  retryAfterSeconds?: number | undefined;
  code?: string | undefined;
  message?: string | undefined;
}

/**
 * How a request ended without an answer.
 *
 * @internal
 */
export interface NoAnswer {
  failure: TransportFailure;
  mayHaveActed: boolean;
  /** What is known of why, with no secret in it. */
  why?: Error | undefined;
}

/**
 * The contract's `auth-error`, as the glue of a component gives it.
 *
 * @internal
 */
export type AuthErrorValue =
  | { tag: 'invalid-argument'; val: string }
  | { tag: 'rejected'; val: Rejection }
  | { tag: 'throttled'; val: Throttling }
  | { tag: 'redirected'; val: { status: number; origin?: string | undefined } }
  | { tag: 'unexpected-response'; val: { status: number; what: string } }
  | { tag: 'unreachable'; val: NoAnswer }
  | { tag: 'other'; val?: string | undefined };

/**
 * Returns the error that a component gave, as one of the classes.
 *
 * @internal
 */
export function authError(error: AuthErrorValue): AuthError {
  switch (error.tag) {
    case 'invalid-argument': {
      const text = inOwnWords(error.val);
      const end = text.indexOf(': ');
      return new InvalidArgument(text.slice(0, end), text.slice(end + 2));
    }
    case 'rejected':
      return new Rejected(error.val);
    case 'throttled':
      return new Throttled(error.val);
    case 'redirected':
      return new Redirected(error.val);
    case 'unexpected-response':
      return new UnexpectedResponse(error.val);
    case 'unreachable':
      return new Unreachable(error.val);
    case 'other':
      return new OtherError(error.val);
  }
}

const FAILURES: Record<TransportFailure, string> = {
  dns: 'the name was not found',
  refused: 'the connection was refused',
  tls: 'the certificate was refused, or the TLS handshake failed',
  timeout: 'a limit of time passed',
  closed: 'the connection ended before the answer did',
  denied: 'the host does not permit that address',
  other: 'the exchange failed',
};

function withWords(said: string, words: string | undefined): string {
  return words ? `${said}: ${words.replace(/[.\s]+$/, '')}` : said;
}

/** @internal */
export function waitFor(seconds: number | undefined): string {
  return seconds === undefined ? 'Try again later.' : `Try again in ${seconds} s.`;
}

const CLASSES = {
  AuthError,
  InvalidArgument,
  Rejected,
  Throttled,
  Redirected,
  UnexpectedResponse,
  Unreachable,
  Stopped,
  OtherError,
};
for (const [name, type] of Object.entries(CLASSES)) {
  brand(type, name);
  Object.defineProperty(type.prototype, 'name', { value: name, configurable: true, writable: true });
}
