//! What stands in the way of a file.

import { StoreError } from '../../session/errors.js';

/** The system's name of an error, `ENOENT` say. */
export function codeOf(error: unknown): string {
  const code: unknown = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : '';
}

/** An error of the system. */
export function failed(path: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  return new StoreError('unavailable', `${path} cannot be used (${codeOf(error) || 'unknown'})`);
}

/** What is refused until somebody acts. */
export function refused(reason: string): StoreError {
  return new StoreError('other', reason);
}
