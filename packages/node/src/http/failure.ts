//! What went wrong where no answer came. What is known of it is said in words of our own: an
//! error of a `fetch` may hold the request, its address or a piece of the answer.

import { type NoAnswer, Unreachable } from '../errors.js';
import type { TransportFailure } from '../generated/types.js';
import type { Sight } from './sight.js';

/** How deep causes are looked at. */
const DEPTH = 8;

/** From the resolver. */
const DNS = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME', 'ENODATA', 'ESERVFAIL']);

/** From `connect`. */
const REFUSED = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL', 'EACCES', 'EPERM']);

const TIMEOUT = new Set(['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

const CLOSED = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ENOTCONN', 'UND_ERR_SOCKET', 'HPE_INVALID_EOF_STATE']);

/** What OpenSSL says of a certificate, which ends the handshake on this side. */
const CERTIFICATE: Record<string, string> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'nobody who is trusted signed it',
  UNABLE_TO_GET_ISSUER_CERT: 'nobody who is trusted signed it',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'nobody who is trusted signed it',
  SELF_SIGNED_CERT_IN_CHAIN: 'nobody who is trusted signed it',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'nobody who is trusted signed it',
  CERT_UNTRUSTED: 'nobody who is trusted signed it',
  CERT_SIGNATURE_FAILURE: 'its issuer is trusted by name, but has another key',
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for another name',
  HOSTNAME_MISMATCH: 'it is for another name',
};

/** The rest of what OpenSSL says, in the handshake or after it. */
const TLS = /^(ERR_SSL_|ERR_TLS_|ERR_OSSL_|EPROTO$|CERT_|CRL_|ERROR_IN_|UNABLE_TO_|SELF_SIGNED_|INVALID_CA$|INVALID_PURPOSE$|PATH_LENGTH_EXCEEDED$|SUBJECT_ISSUER_|AKID_|KEYUSAGE_)/;

/** What is known of an error and what is behind it. */
interface Known {
  code: string | undefined;
  message: string;
}

/** Returns the end of a call whose request got no answer. `isPlatforms` says whether the `fetch` is the platform's own. */
export function noAnswer(error: unknown, sight: Sight | undefined, url: string, isPlatforms: boolean): Unreachable {
  const known = knownOf(error);
  const end = sight?.isThere ? ofSeen(known, sight, url.startsWith('https:')) : ofUnseen(known, isPlatforms);
  return new Unreachable(end);
}

/** An answer broke off: it had begun, so the request had arrived. */
export function brokenOff(): Unreachable {
  return new Unreachable({ failure: 'closed', mayHaveActed: true });
}

/** What came is no answer of an HTTP client that does as it is told. */
export function oddClient(what: string): Unreachable {
  return new Unreachable({ failure: 'other', mayHaveActed: true, why: new Error(what) });
}

function ofSeen(known: Known, sight: Sight, isTls: boolean): NoAnswer {
  const { code = '' } = known;
  if (sight.isRepeated) return told('other', true, '', 'the dispatcher sends requests again or elsewhere, which was refused: take one that does not');
  if (sight.isConnected) return ofConnection(code);
  return ofProxy(known, false) ?? ofConnecting(code, isTls);
}

/** The proxy opened no tunnel. */
function ofProxy({ code = '', message }: Known, mayHaveActed: boolean): NoAnswer | undefined {
  const status = /^Proxy response \((\d{3})\)/.exec(message)?.[1];
  if (code !== 'UND_ERR_ABORTED' || !status) return undefined;
  return told('denied', mayHaveActed, code, `the proxy opened no tunnel and answered ${status}`);
}

/** No connection came about: nothing was sent but the messages of its handshake. */
function ofConnecting(code: string, isTls: boolean): NoAnswer {
  if (DNS.has(code)) return told('dns', false, code);
  if (REFUSED.has(code)) return told('refused', false, code);
  if (TIMEOUT.has(code)) return told('timeout', true, code);
  if (isOfTls(code)) return told('tls', false, code);
  if (CLOSED.has(code)) {
    return isTls
      ? told('tls', false, code, 'the connection ended within the TLS handshake')
      : told('refused', false, code, 'the connection ended');
  }
  return told('other', false, code, OF_ANOTHER_UNDICI.has(code) ? 'fetch and dispatcher are of different versions of undici: pass both' : undefined);
}

const OF_ANOTHER_UNDICI = new Set(['UND_ERR_INVALID_ARG']);

/** The connection was there: the request may have left on it. */
function ofConnection(code: string): NoAnswer {
  if (isOfTls(code)) return told('tls', true, code);
  if (code.startsWith('UND_ERR_') && TIMEOUT.has(code)) return told('timeout', true, code);
  if (CLOSED.has(code) || REFUSED.has(code) || TIMEOUT.has(code)) return told('closed', true, code);
  return told('other', true, code);
}

/**
 * A `fetch` that shows nothing of its connections. What it fails with may be the end of a second
 * attempt, whose first one left.
 */
function ofUnseen(known: Known, isPlatforms: boolean): NoAnswer {
  const { code = '', message } = known;
  // A port that `fetch` reaches for nobody: the platform's own says so before it does anything.
  if (code === '' && message === 'bad port') return told('denied', !isPlatforms, code, 'fetch does not reach that port');
  const proxy = ofProxy(known, true);
  if (proxy) return proxy;
  if (DNS.has(code)) return told('dns', true, code);
  if (REFUSED.has(code)) return told('refused', true, code);
  if (TIMEOUT.has(code)) return told('timeout', true, code);
  if (isOfTls(code)) return told('tls', true, code);
  if (CLOSED.has(code)) return told('closed', true, code);
  return told('other', true, code);
}

function isOfTls(code: string): boolean {
  return code in CERTIFICATE || TLS.test(code);
}

function told(failure: TransportFailure, mayHaveActed: boolean, code: string, words?: string): NoAnswer {
  const known = words ?? (code in CERTIFICATE ? `the certificate was refused: ${CERTIFICATE[code]}` : ofHandshake(code));
  if (known === undefined && code === '') return { failure, mayHaveActed };
  const why = new Error(known ?? DEFAULT[failure]);
  if (code) Object.assign(why, { code });
  return { failure, mayHaveActed, why };
}

const DEFAULT: Record<TransportFailure, string> = {
  dns: 'the name was not found',
  refused: 'the connection was refused',
  tls: 'the TLS handshake failed',
  timeout: 'a limit of time passed',
  closed: 'the connection ended before the answer did',
  denied: 'the host does not permit that address',
  other: 'the exchange failed',
};

function ofHandshake(code: string): string | undefined {
  if (/^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|UNKNOWN_PROTOCOL)$/.test(code)) {
    return 'what answered does not speak TLS';
  }
  if (/^ERR_SSL_(UNSUPPORTED_PROTOCOL|.*ALERT_PROTOCOL_VERSION)$/.test(code)) {
    return 'the server speaks neither TLS 1.2 nor TLS 1.3';
  }
  const alert = /^ERR_SSL_.*ALERT_(.+)$/.exec(code)?.[1];
  return alert && `the server ended the TLS handshake: ${alert.toLowerCase().replaceAll('_', ' ')}`;
}

/** Reads what is known of an error, by the first cause that has a code. */
function knownOf(error: unknown): Known {
  let message = '';
  let at: unknown = error;
  try {
    for (let depth = 0; depth < DEPTH && at instanceof Error; depth += 1) {
      const { code, errors } = at as { code?: unknown; errors?: unknown };
      ({ message } = at);
      // OpenSSL 3.5, which comes with Node 22 and later, writes `ERR_SSL_SSL/TLS_ALERT_...` of an alert.
      if (typeof code === 'string' && /^(ERR_SSL_SSL\/)?[A-Z][A-Z0-9_]{0,63}$/.test(code)) return { code, message };
      at = at.cause ?? (Array.isArray(errors) ? errors[0] : undefined);
    }
  } catch {
    // An error that throws when it is looked at says nothing.
  }
  return { code: undefined, message };
}
