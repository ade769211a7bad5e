//! What differs between environments. The front page of each sets it before anything else.

export interface Place {
  /** Reads a core module, which lies beside the scripts. */
  read(name: 'flows' | 'session'): Promise<BufferSource>;
  /** Milliseconds by a clock that nobody can set, and that goes on in suspend where there is such a one. */
  uptimeMs(): number;
}

let current: Place | undefined;

export function setPlace(place: Place): void {
  current = place;
}

export function place(): Place {
  if (!current) throw new Error('the package was loaded without its front page');
  return current;
}
