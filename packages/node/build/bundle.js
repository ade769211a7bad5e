//! Bundles the sources: for Node as ES modules and as CommonJS, and for pages. Each is one script, because
//! to import a second one takes a sixth of the start (`npm run bench`). What the components were transpiled
//! to lies beside, and is loaded when it is needed.

import { readFileSync } from 'node:fs';

import { build } from 'esbuild';

const SHARED = {
  bundle: true,
  minify: true,
  keepNames: true,
  target: ['es2022'],
  legalComments: 'none',
  logLevel: 'warning',
};

export async function bundle() {
  await build({
    ...SHARED,
    entryPoints: { index: 'src/index.ts', web: 'src/web.ts' },
    outdir: 'dist',
    format: 'esm',
    platform: 'node',
    plugins: [elsewhere('esm.ts', 'js')],
  });
  await build({
    ...SHARED,
    entryPoints: ['src/index.ts'],
    outfile: 'dist/index.cjs',
    format: 'cjs',
    platform: 'node',
    // CommonJS requires its glue: an import would read it twice.
    supported: { 'dynamic-import': false },
    plugins: [elsewhere('cjs.ts', 'cjs')],
  });
  for (const name of ['flows', 'session']) {
    for (const [format, ending] of [['esm', 'js'], ['cjs', 'cjs']]) {
      await build({
        ...SHARED,
        // Nobody reads them there, and each is set when the glue is loaded.
        keepNames: false,
        stdin: { contents: glue(name), resolveDir: 'src/generated/glue' },
        outfile: `dist/${name}.${ending}`,
        format,
        platform: 'neutral',
      });
    }
  }
}

/**
 * The transpiled component without what it does by itself: to print arguments and results where
 * a variable of the environment says so, and to look for its core modules.
 */
function glue(name) {
  let text = readFileSync(`src/generated/glue/${name}.js`, 'utf8');
  for (const [what, instead] of [
    [/const _debugLog = \(\.\.\.args\) => \{[^}]*\}[^}]*\}/, 'const _debugLog = /* @__NO_SIDE_EFFECTS__ */ () => {}'],
    [/if \(!getCoreModule\) .*;/, ''],
  ]) {
    if (!what.test(text)) throw new Error(`${name}.js has no ${what} any more: jco writes something else now`);
    text = text.replace(what, instead);
  }
  return text;
}

/** Which file stands for `#place`, and where the glue lies: beside the script that loads it. */
function elsewhere(place, ending) {
  return {
    name: 'elsewhere',
    setup({ onResolve }) {
      onResolve({ filter: /^#place$/ }, () => ({ path: `${process.cwd()}/src/place/${place}` }));
      onResolve({ filter: /^#glue\// }, ({ path }) => ({ path: `./${path.slice('#glue/'.length)}.${ending}`, external: true }));
    },
  };
}
