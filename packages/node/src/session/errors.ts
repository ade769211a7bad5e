//! The errors of a shared session. None of them holds a secret.

import { brand } from '../brand.js';
import { AuthError, type AuthErrorValue, authError, OtherError, waitFor } from '../errors.js';

/** Why a session gave no token, where it is not what the platform said to this call. */
export class SessionError extends AuthError {}

/** The platform refused or failed a short while ago, to any program. Nothing was sent. */
export class CoolingDown extends SessionError {
  declare readonly cause: AuthError;
  /** Logins since the last good one that the platform may have counted as refused. */
  readonly refusals: number;

  /** @internal */
  constructor({ retryAfterSeconds, refusals, cause }: Cooldown) {
    const of = authError(cause);
    const wait =
      retryAfterSeconds === undefined
        ? 'A person must act: see at the platform that the user is enabled, the secret is right and its directory was not away, then call resetRefusals.'
        : waitFor(retryAfterSeconds);
    super('cooling-down', `nothing was sent, because a short while ago: ${of.message} ${wait}`, {
      code: of.code,
      status: of.status,
      retryAfter: retryAfterSeconds,
      mayHaveActed: false,
      cause: of,
    });
    this.refusals = refusals;
  }
}

/** Fresh tokens are dead at once: somebody outside logs in with the same user. Nothing was sent. */
export class Contested extends SessionError {
  /** Tokens in a row that the platform called dead within a minute of their issue. */
  readonly refused: number;

  /** @internal */
  constructor({ refused, retryAfterSeconds }: { refused: number; retryAfterSeconds: number }) {
    super(
      'contested',
      `nothing was sent: ${refused} tokens were refused within a minute of their issue, so somebody outside logs in with the same user: find who. ${waitFor(retryAfterSeconds)}`,
      { retryAfter: retryAfterSeconds, mayHaveActed: false },
    );
    this.refused = refused;
  }
}

/** The platform says that the token is good: the API refuses the call for another reason. The token stays. */
export class StillGood extends SessionError {
  /** @internal */
  constructor() {
    super(
      'still-good',
      'the platform says that the token is good, so the API refuses the call for another reason: look at the rights of the user',
      { mayHaveActed: true },
    );
  }
}

/** Somebody ended the session for all; `reopen` starts a new one. */
export class Ended extends SessionError {
  /** @internal */
  constructor() {
    super('ended', 'the session was ended for all: reopen it to start anew', { mayHaveActed: false });
  }
}

/** Somebody else is renewing and did not finish in time. Try again. */
export class Busy extends SessionError {
  /** @internal */
  constructor() {
    super('busy', 'somebody else is getting a token and is not done. Try again.', { mayHaveActed: false });
  }
}

/** As many calls of the session are under way as may be, and none ended in time. */
export class TooManyCalls extends SessionError {
  /** @internal */
  constructor(limit: number) {
    super('too-many-calls', `${limit} calls of this session are under way, and none ended in time: wait for some, or raise callsLimit`, {
      mayHaveActed: false,
    });
  }
}

/**
 * The store failed, for as long as the call's patience. Without it nothing is sent.
 *
 * A store throws one to say what is wrong with it: `new StoreError('unavailable', 'why')`.
 */
export class StoreError extends SessionError {
  /**
   * `unavailable`: it cannot be reached, and a write may have happened. `other`: it refused, and
   * will refuse again until somebody acts.
   */
  readonly problem: 'unavailable' | 'other';
  /** What is wrong, for people. */
  readonly reason: string | undefined;

  /** Takes no secret: the reason becomes a message, and others who share the store may see it. */
  constructor(problem: 'unavailable' | 'other', reason?: string, mayHaveActed = false) {
    const what = problem === 'unavailable' ? 'the store cannot be reached' : 'the store refused';
    super(`store-${problem}`, `${what}${reason ? `: ${reason}` : ''}`, { mayHaveActed });
    this.problem = problem;
    this.reason = reason;
  }
}

interface Cooldown {
  retryAfterSeconds?: number | undefined;
  refusals: number;
  cause: AuthErrorValue;
}

/**
 * The contract's `session-error`, as the glue of a component gives it.
 *
 * @internal
 */
export type SessionErrorValue =
  | { tag: 'auth'; val: AuthErrorValue }
  | { tag: 'cooling-down'; val: Cooldown }
  | { tag: 'contested'; val: { refused: number; retryAfterSeconds: number } }
  | { tag: 'still-good' }
  | { tag: 'ended' }
  | { tag: 'busy' }
  | { tag: 'store'; val: { tag: 'unavailable' | 'other'; val?: string | undefined } }
  | { tag: 'other'; val?: string | undefined };

/**
 * Returns the error that a component gave, as one of the classes.
 *
 * @internal
 */
export function sessionError(error: SessionErrorValue, mayHaveActed: boolean): AuthError {
  switch (error.tag) {
    case 'auth':
      return authError(error.val);
    case 'cooling-down':
      return new CoolingDown(error.val);
    case 'contested':
      return new Contested(error.val);
    case 'still-good':
      return new StillGood();
    case 'ended':
      return new Ended();
    case 'busy':
      return new Busy();
    case 'store':
      return new StoreError(error.val.tag, error.val.val, mayHaveActed);
    case 'other':
      return new OtherError(error.val, mayHaveActed);
  }
}

const CLASSES = { SessionError, CoolingDown, Contested, StillGood, Ended, Busy, TooManyCalls, StoreError };
for (const [name, type] of Object.entries(CLASSES)) {
  brand(type, name);
  Object.defineProperty(type.prototype, 'name', { value: name, configurable: true, writable: true });
}
