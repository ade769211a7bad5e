//! Reads the body of an answer, up to a limit.

import { AuthError } from '../errors.js';
import type { Deadline } from './deadline.js';
import { brokenOff, oddClient } from './failure.js';

/** The longest answer that is read, in bytes: what the contract says. */
const LONGEST = 256 * 1024;

/** The next piece of a body, or its end. */
type Next = () => Promise<{ done?: boolean | undefined; value?: unknown }>;

/** Reads a body to its end. Returns nothing for one that is too long, and reads no more of it. */
export async function wholeBody(body: unknown, deadline: Deadline, betweenBytesMs: number): Promise<Uint8Array | undefined> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  if (body === null || body === undefined) return new Uint8Array();
  const { next, stop } = reader(body);
  try {
    for (;;) {
      deadline.phase(betweenBytesMs);
      const { done, value } = await deadline.within(next());
      if (done) return joined(pieces, length);
      if (!(value instanceof Uint8Array)) throw oddClient('fetch gave a body that is not made of bytes');
      length += value.length;
      if (length > LONGEST) {
        stop();
        return undefined;
      }
      pieces.push(value);
    }
  } catch (error) {
    stop();
    if (deadline.stopped || error instanceof AuthError) throw error;
    throw brokenOff();
  }
}

/** Gives up a body that nobody reads. */
export function cancel(body: unknown): void {
  if (body !== null && body !== undefined) reader(body).stop();
}

/** How a body is read: a stream of the web, or one of Node. */
function reader(body: unknown): { next: Next; stop: () => void } {
  const quietly = (stop: () => unknown) => () => {
    try {
      Promise.resolve(stop()).catch(() => {});
    } catch {
      // It had ended.
    }
  };
  const { getReader } = body as ReadableStream<unknown>;
  if (typeof getReader === 'function') {
    const of = (body as ReadableStream<unknown>).getReader();
    return { next: () => of.read(), stop: quietly(() => of.cancel()) };
  }
  const iterate = (body as AsyncIterable<unknown>)[Symbol.asyncIterator];
  if (typeof iterate !== 'function') throw oddClient('fetch gave a body that cannot be read piece by piece');
  const of = (body as AsyncIterable<unknown>)[Symbol.asyncIterator]();
  return { next: () => of.next(), stop: quietly(() => of.return?.()) };
}

function joined(pieces: Uint8Array[], length: number): Uint8Array {
  if (pieces.length === 1 && pieces[0]) return pieces[0];
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
