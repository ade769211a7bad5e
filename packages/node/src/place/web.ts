//! A page or a worker.

import type { Place } from '../place.js';

export const PLACE: Place = {
  // Both addresses are written out, so that bundlers find the files.
  async read(name) {
    const url = name === 'flows' ? new URL('./flows.wasm', import.meta.url) : new URL('./session.wasm', import.meta.url);
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    return answer.arrayBuffer();
  },

  uptimeMs: () => performance.now(),
};
