//! What this process has seen of entries, so that it counts their ages on by a clock that nobody
//! can set.
//!
//! The server's clock can be set, and a failover leads to another server's. Both would make a lease
//! jump: it would end beside a living holder, or begin anew. Only the age at the first sight of a
//! version is the server's.

import { place } from '../place.js';

/** The most entries that are remembered. Beyond that all are forgotten, and found again. */
const MOST = 10_000;

export class Sightings {
  readonly #seen = new Map<string, { version: string; at: number; ageMs: number }>();

  /** The age of a version that the server says is `ageMs` old now. */
  age(key: string, version: string, ageMs: number): number {
    const now = place().uptimeMs();
    const first = this.#seen.get(key);
    if (first?.version === version) return first.ageMs + Math.max(0, Math.floor(now - first.at));
    if (this.#seen.size >= MOST) this.#seen.clear();
    this.#seen.set(key, { version, at: now, ageMs });
    return ageMs;
  }
}
