//! Bundles the sources three times: for Node as ESM and as CommonJS, and for pages. What
//! the components were transpiled to lies beside, and is loaded when it is needed.

import { readFileSync } from 'node:fs';

import { build } from 'esbuild';

const TARGETS = [
  { folder: 'esm', format: 'esm', platform: 'node', place: 'esm.ts', entry: 'index.ts' },
  { folder: 'cjs', format: 'cjs', platform: 'node', place: 'cjs.ts', entry: 'index.ts' },
  { folder: 'web', format: 'esm', platform: 'neutral', place: 'web.ts', entry: 'web.ts' },
];

const SHARED = {
  bundle: true,
  minify: true,
  keepNames: true,
  target: ['es2022'],
  legalComments: 'none',
  logLevel: 'warning',
};

export async function bundle() {
  for (const { folder, format, platform, place, entry } of TARGETS) {
    await build({
      ...SHARED,
      entryPoints: { index: `src/${entry}` },
      outdir: `dist/${folder}`,
      format,
      platform,
      // CommonJS requires its glue: an import would read it twice.
      supported: { 'dynamic-import': format !== 'cjs' },
      plugins: [elsewhere(folder, place)],
    });
    // A page loads the glue of the ESM build.
    if (folder === 'web') continue;
    for (const name of ['flows', 'session']) {
      await build({
        ...SHARED,
        stdin: { contents: glue(name), resolveDir: 'src/generated/glue' },
        outfile: `dist/${folder}/${name}.js`,
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

/** Which file stands for `#place`, and where the glue lies. */
function elsewhere(folder, place) {
  return {
    name: 'elsewhere',
    setup({ onResolve }) {
      onResolve({ filter: /^#place$/ }, () => ({ path: `${process.cwd()}/src/place/${place}` }));
      onResolve({ filter: /^#glue\// }, ({ path }) => ({
        path: `${folder === 'web' ? '../esm' : '.'}/${path.slice('#glue/'.length)}.js`,
        external: true,
      }));
    },
  };
}
