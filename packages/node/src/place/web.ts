//! A page or a worker. Both addresses are written out, so that bundlers find the files.

import type { Place } from '../place.js';

export const PLACE: Place = {
  async compile(name) {
    const url = name === 'flows' ? new URL('../flows.wasm', import.meta.url) : new URL('../session.wasm', import.meta.url);
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`${url.href} answers with ${answer.status}: the package's .wasm files must lie beside its scripts`);
    // Not compileStreaming: it wants a content type that not every server gives.
    return WebAssembly.compile(await answer.arrayBuffer());
  },

  uptimeMs: () => performance.now(),
};
