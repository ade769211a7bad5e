//! A token, which shows itself to nobody who did not ask for it.

import { brand, isInstance } from './brand.js';
import { InvalidArgument } from './errors.js';
import type { LifetimeSource, TokenFields } from './generated/types.js';

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

const REDACTED = '[redacted]';

const SOURCES: LifetimeSource[] = ['claims', 'response', 'documented-default'];

/**
 * A token.
 *
 * Neither `console.log` nor `JSON.stringify` shows its value; `util.inspect` with `getters` and
 * `showHidden`, but without `customInspect`, reads it as a program does. {@link Token.serialize}
 * writes it, for whoever keeps it in a safe place.
 */
export class Token {
  readonly #fields: TokenFields;
  readonly #header: TokenHeader;

  /** @internal */
  constructor(fields: TokenFields) {
    this.#fields = fields;
    this.#header = new TokenHeader(fields.header.name, fields.header.value);
  }

  /** The token itself. A secret. Its signature was not verified. */
  get value(): string {
    return this.#fields.value;
  }

  /**
   * `X-Authorization: {value}` or `Authorization: Bearer {value}`, to put on every call to the
   * platform. Its `value` is a secret.
   */
  get header(): TokenHeader {
    return this.#header;
  }

  /** Lifetime left when this record was made. Never 0. */
  get lifetimeSeconds(): number {
    return this.#fields.lifetimeSeconds;
  }

  /** Where that was learnt. */
  get lifetimeSource(): LifetimeSource {
    return this.#fields.lifetimeSource;
  }

  /** When it expires, by this machine's clock. */
  get expiresAt(): Date {
    return new Date(this.#fields.expiresAtSeconds * 1000);
  }

  /**
   * What a Control Room's token says of itself: whether it lives beside the user's other
   * sessions. Undefined where it says nothing, and for the tokens of an Orchestrator.
   */
  get multipleLogin(): boolean | undefined {
    return this.#fields.multipleLogin;
  }

  /** What an identity server granted, where it said so. */
  get scopes(): readonly string[] | undefined {
    return this.#fields.scopes && [...this.#fields.scopes];
  }

  /** Writes the whole token, its value included, as JSON. What comes of it is a secret. */
  serialize(): string {
    return JSON.stringify(this.#fields);
  }

  /** Reads what {@link Token.serialize} has written. */
  static deserialize(text: string): Token {
    return new Token(fieldsOf(text));
  }

  /** What `JSON.stringify` shows: all but the value. */
  toJSON(): object {
    const { lifetimeSeconds, lifetimeSource, multipleLogin, scopes } = this.#fields;
    return {
      value: REDACTED,
      header: this.#header.toJSON(),
      lifetimeSeconds,
      lifetimeSource,
      expiresAt: this.expiresAt,
      multipleLogin,
      scopes,
    };
  }

  /** @internal */
  [INSPECT](_depth: number, options: object, inspect?: (value: object, options: object) => string): string {
    const shown = this.toJSON();
    return `Token ${inspect ? inspect(shown, options) : JSON.stringify(shown)}`;
  }

  /** @internal */
  static [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, value);
  }
}

/** A header that carries a token. Neither `console.log` nor `JSON.stringify` shows its value. */
export class TokenHeader {
  readonly #value: string;

  /** @internal */
  constructor(
    /** Its name. */
    readonly name: string,
    value: string,
  ) {
    this.#value = value;
  }

  /** What it carries. A secret. */
  get value(): string {
    return this.#value;
  }

  /** What `JSON.stringify` shows: the name. */
  toJSON(): object {
    return { name: this.name, value: REDACTED };
  }

  /** @internal */
  [INSPECT](_depth: number, options: object, inspect?: (value: object, options: object) => string): string {
    const shown = this.toJSON();
    return `TokenHeader ${inspect ? inspect(shown, options) : JSON.stringify(shown)}`;
  }
}

brand(Token, 'Token');

function fieldsOf(text: string): TokenFields {
  let read: Partial<TokenFields> | null;
  try {
    read = JSON.parse(text) as Partial<TokenFields> | null;
  } catch {
    read = null;
  }
  const { value, header, lifetimeSeconds, lifetimeSource, expiresAtSeconds, multipleLogin, scopes } = read ?? {};
  if (
    typeof value !== 'string' ||
    typeof header?.name !== 'string' ||
    typeof header.value !== 'string' ||
    !Number.isSafeInteger(lifetimeSeconds) ||
    !SOURCES.includes(lifetimeSource as LifetimeSource) ||
    !Number.isSafeInteger(expiresAtSeconds) ||
    (multipleLogin !== undefined && typeof multipleLogin !== 'boolean') ||
    (scopes !== undefined && !(Array.isArray(scopes) && scopes.every((scope) => typeof scope === 'string')))
  ) {
    throw new InvalidArgument('text', 'is not what Token.serialize has written');
  }
  const known = { value, header: { name: header.name, value: header.value }, lifetimeSeconds, lifetimeSource, expiresAtSeconds };
  return { ...known, multipleLogin, scopes } as TokenFields;
}
