//! What an error of the Redis or of the way to it means to a caller. A script is given no secret in
//! clear, so what the server says of it may be read by people.

import { StoreError } from '../session/errors.js';

/** The longest part of the server's words that is passed on, in characters. */
const MOST_WORDS = 200;

const NOT_READY = new Set(['LOADING', 'BUSY', 'TRYAGAIN', 'MASTERDOWN', 'CLUSTERDOWN', 'NOREPLICAS']);

export function ofRedis(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const { code, words } = saidBy(error);
  if (code === undefined) return new StoreError('unavailable', 'the connection to Redis broke');
  if (code === 'READONLY') return new StoreError('unavailable', 'this Redis is a replica: the client must reach the primary');
  if (NOT_READY.has(code)) return new StoreError('unavailable', `Redis is not ready (${code})`);
  if (code === 'ERR' && words.includes('max number of clients')) {
    return new StoreError('unavailable', 'Redis takes no more connections: see its maxclients');
  }
  // What is said to a login is for the server's log.
  if (code === 'NOAUTH' || code === 'WRONGPASS') return new StoreError('other', MEANINGS[code]);
  const meaning = MEANINGS[code === 'ERR' && words.includes("user executing the script can't") ? 'NOPERM' : code];
  return new StoreError('other', `${meaning ?? `Redis refused (${code})`}: ${words}`);
}

const DAMAGED =
  'an entry in Redis is damaged, or from another release: if no newer release uses this Redis, delete it';
const CLUSTER = 'this is a Redis Cluster, which is not spoken here';

const MEANINGS: Record<string, string> = {
  OOM: 'Redis is full: give it more memory. It must not make room by eviction',
  MISCONF: 'Redis cannot write its disk, and takes no writes',
  NOPERM: 'the user may not do this in Redis: see its ACL',
  NOAUTH: 'Redis wants a password',
  WRONGPASS: 'Redis refused the user name or the password',
  DAMAGED,
  WRONGTYPE: DAMAGED,
  MOVED: CLUSTER,
  ASK: CLUSTER,
  CROSSSLOT: CLUSTER,
};

/** What the server said. Without a code it is the client that speaks, of the connection. */
function saidBy(error: unknown): { code: string | undefined; words: string } {
  const text = error instanceof Error ? error.message : '';
  const [, code, words = ''] = /^([A-Z][A-Z0-9]+) (.*)$/s.exec(text) ?? [];
  // Redis 6 puts the error of a command within a script behind words of its own.
  const inner = code === 'ERR' ? /: -([A-Z][A-Z0-9]+) /.exec(words)?.[1] : undefined;
  return { code: inner ?? code, words: words.replace(/\p{Cc}/gu, '').slice(0, MOST_WORDS) };
}
