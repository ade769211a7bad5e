//! What an error of the PostgreSQL or of the way to it means to a caller. While connecting the
//! server's own words are not passed on: what it says to a login is for its log. A statement is given
//! no secret in clear, so what is said of it may be read by people.

import { StoreError } from '../session/errors.js';

/** The longest part of the server's words that is passed on, in characters. */
const MOST_WORDS = 200;

/** The server ends, was killed, or is only starting. */
const GOING_AWAY = new Set(['57P01', '57P02', '57P03', '57P04', '57P05']);

/** A connection that was lost, told from what else makes a store unavailable. */
class ConnectionLost extends StoreError {}

export function connectionLost(): StoreError {
  return new ConnectionLost('unavailable', 'the connection to PostgreSQL broke');
}

export function isConnectionLost(error: unknown): boolean {
  return error instanceof Error && Object.getPrototypeOf(error) === ConnectionLost.prototype;
}

/** Whether the next call needs another connection. */
export function endsConnection(error: unknown): boolean {
  const code = codeOf(error);
  // Read only: its name may lead elsewhere by now. No table: it is made with a connection.
  return code === undefined || GOING_AWAY.has(code) || code === '25006' || code === '42P01';
}

export function ofPostgres(error: unknown, isOfStatement: boolean): StoreError {
  if (error instanceof StoreError) return error;
  const code = codeOf(error);
  if (code === undefined) return connectionLost();
  if (GOING_AWAY.has(code)) return new ConnectionLost('unavailable', `PostgreSQL is not ready (${code})`);
  if (code.startsWith('08')) return new StoreError('unavailable', `PostgreSQL is not ready (${code})`);
  const [problem, meaning] = MEANINGS[code] ?? ['other', `PostgreSQL refused (${code})`];
  return new StoreError(problem, problem === 'other' && isOfStatement ? `${meaning}: ${words(error)}` : meaning);
}

/** The table is not there and cannot be made. */
export function ofTable(error: unknown): StoreError {
  const code = codeOf(error);
  // Since version 15 not everybody may make something in the schema `public`; and where
  // `search_path` names no schema that is there, nobody may.
  if (code === '42501' || code === '3F000') {
    return new StoreError(
      'other',
      'the table rpa_auth_entries is not there, and the user may not make it: see docs/stores.md for what to run once',
    );
  }
  return ofPostgres(error, false);
}

const REFUSED: Meaning = ['other', 'PostgreSQL refused the user name, the password or the way: see its pg_hba.conf'];
const FULL: Meaning = ['other', 'PostgreSQL is full'];
const DAMAGED: Meaning = ['other', 'the table rpa_auth_entries or an entry in it is damaged, or from another release'];
const NO_END: Meaning = ['unavailable', 'PostgreSQL did not come to an end with it'];

type Meaning = ['unavailable' | 'other', string];

const MEANINGS: Record<string, Meaning> = {
  '28000': REFUSED,
  '28P01': REFUSED,
  '3D000': ['other', 'there is no such database in PostgreSQL'],
  '25006': ['unavailable', 'this PostgreSQL is a standby: the pool must reach the primary'],
  '53300': ['unavailable', 'PostgreSQL takes no more connections: see its max_connections'],
  '53100': FULL,
  '53200': FULL,
  '53400': FULL,
  '42501': ['other', 'the user may not do this in PostgreSQL'],
  '42P01': ['unavailable', 'the table rpa_auth_entries is gone; the next call makes it anew'],
  '42703': DAMAGED,
  '42804': DAMAGED,
  '42883': DAMAGED,
  '22008': DAMAGED,
  '57014': NO_END,
  '55P03': NO_END,
  '40001': NO_END,
  '40P01': NO_END,
};

/** The server's code, of five characters; none where it is the client that speaks. */
function codeOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && 'severity' in (error as object) ? code : undefined;
}

/** What the server said, short and on one line. */
function words(error: unknown): string {
  const text = error instanceof Error ? error.message : '';
  return text.replace(/\p{Cc}/gu, '').slice(0, MOST_WORDS);
}
