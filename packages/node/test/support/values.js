//! The values of the contract as the cases write them and as the package does. Nothing here is
//! of Node, so that a page can use it.

/** `lifetime-seconds` as `lifetimeSeconds`. */
export const camel = (name) => name.replace(/-([a-z0-9])/g, (_, letter) => letter.toUpperCase());

/** Writes the keys of a value, and of what is in it, as the package does. */
export function toOwn(value) {
  if (Array.isArray(value)) return value.map(toOwn);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, of]) => [camel(key), toOwn(of)]));
}

/** Puts the platform's origin in wherever a case has left room for it. */
export function withOrigin(value, origin) {
  if (typeof value === 'string') return value.replaceAll('{origin}', origin);
  if (Array.isArray(value)) return value.map((of) => withOrigin(of, origin));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, of]) => [key, withOrigin(of, origin)]));
}

/** A value without the fields that are none. */
export function withoutNone(value) {
  if (Array.isArray(value)) return value.map(withoutNone);
  if (typeof value !== 'object' || value === null) return value;
  const there = Object.entries(value).filter(([, of]) => of !== undefined);
  return Object.fromEntries(there.map(([key, of]) => [key, withoutNone(of)]));
}

/** A token as the contract's record, but for when it expires. */
export function tokenFields({ value, header, lifetimeSeconds, lifetimeSource, multipleLogin, scopes }) {
  const { name, value: carried } = header;
  return withoutNone({
    value,
    header: { name, value: carried },
    lifetimeSeconds,
    lifetimeSource,
    multipleLogin,
    scopes,
  });
}

/**
 * An error of the package as the contract's `auth-error`: an object with one key. `names` are the
 * names of the contract, which a text of a case writes with dashes.
 */
export function authErrorFields(error) {
  const { kind, code, status, retryAfter, platformMessage } = error;
  switch (error.name) {
    case 'InvalidArgument':
      return { invalidArgument: `${error.path}: ${error.reason}` };
    case 'Rejected':
      return { rejected: withoutNone({ kind, status, code, message: platformMessage }) };
    case 'Throttled':
      return { throttled: withoutNone({ status, retryAfterSeconds: retryAfter, code, message: platformMessage }) };
    case 'Redirected':
      return { redirected: withoutNone({ status, origin: error.origin }) };
    case 'UnexpectedResponse':
      return { unexpectedResponse: { status, what: error.what } };
    case 'Unreachable':
      return { unreachable: { failure: error.failure, mayHaveActed: error.mayHaveActed } };
    default:
      throw error;
  }
}

/** An expected error, its text with the names as the package writes them. */
export function expectedError(error, names) {
  const own = toOwn(error);
  if (own.invalidArgument === undefined) return own;
  const text = names.reduce((text, name) => text.replaceAll(new RegExp(`(?<![\\w-])${name}(?![\\w-])`, 'g'), camel(name)), own.invalidArgument);
  return { invalidArgument: text };
}
