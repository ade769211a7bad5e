//! Where the core modules lie: beside this file, in a page or a worker. Both addresses are
//! written out, so that bundlers find the files.

/** Fetches and compiles one. */
export async function compile(name: 'flows' | 'session'): Promise<WebAssembly.Module> {
  const url = name === 'flows' ? new URL('../flows.wasm', import.meta.url) : new URL('../session.wasm', import.meta.url);
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url.href} answers with ${answer.status}: the package's .wasm files must lie beside its scripts`);
  // Not compileStreaming: it wants a content type that not every server gives.
  return WebAssembly.compile(await answer.arrayBuffer());
}

/** Milliseconds by a clock that nobody can set. */
export function uptimeMs(): number {
  return performance.now();
}
