//! Transpiles the components without I/O to core WebAssembly and the JavaScript that calls it.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { transpile as transpiled } from '@bytecodealliance/jco';

/** What each is called in the package, and in the folder of components. */
export const COMPONENTS = [
  { name: 'flows', file: 'rpa_auth_sans_io.wasm' },
  { name: 'session', file: 'rpa_auth_sans_io_session.wasm' },
];

/** A core module of fewer bytes stands in the JavaScript itself. */
const SMALL = 4096;

/**
 * By jco 1.13: each later release writes a runtime for asynchronous components into the script, of which
 * these two need nothing. With that of 1.35 the package was a fifth larger, and the first request left a
 * quarter later.
 */
export async function transpile(folder, { name, file }) {
  const component = readFileSync(join(folder, file));
  const { files } = await transpiled(component, {
    name,
    instantiation: 'async',
    nodejsCompat: false,
  });
  const small = {};
  for (const [path, bytes] of Object.entries(files)) {
    if (path.endsWith('.core.wasm')) write('dist', `${name}.wasm`, bytes);
    else if (path.endsWith('.wasm') && bytes.length < SMALL) small[path] = Buffer.from(bytes).toString('base64');
    else if (path.endsWith('.wasm')) throw new Error(`${path} has ${bytes.length} bytes: where is it to lie?`);
    else write('src/generated/glue', path, bytes);
  }
  write('src/generated', `${name}-modules.ts`, `export const SMALL: Record<string, string> = ${JSON.stringify(small)};\n`);
}

function write(folder, path, bytes) {
  const whole = join(folder, path);
  mkdirSync(join(whole, '..'), { recursive: true });
  writeFileSync(whole, bytes);
}
