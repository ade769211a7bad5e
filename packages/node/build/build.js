//! Builds the package: `npm run build`.

import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

import { bundle } from './bundle.js';
import { Contract } from './contract.js';
import { COMPONENTS, transpile } from './glue.js';
import { writeScripts } from './stores.js';
import { keepPublicTypes } from './types.js';

const root = new URL('../', import.meta.url);
const repository = new URL('../../', root);
process.chdir(fileURLToPath(root));

function contract() {
  const file = process.env.RPA_AUTH_CONTRACT;
  if (file) return JSON.parse(readFileSync(file, 'utf8'));
  const options = { cwd: repository, encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 };
  return JSON.parse(execFileSync('cargo', ['xtask', 'contract'], options));
}

const components = process.env.RPA_AUTH_COMPONENTS ?? fileURLToPath(new URL('target/components', repository));

for (const folder of ['dist', 'src/generated']) rmSync(folder, { recursive: true, force: true });
mkdirSync('src/generated', { recursive: true });

const words = new Contract(contract());
writeFileSync('src/generated/types.ts', words.types());
writeFileSync('src/generated/functions.ts', words.functions());
writeFileSync('src/generated/table.ts', words.table());
writeScripts(repository);

for (const component of COMPONENTS) await transpile(components, component);

const compiler = createRequire(import.meta.url).resolve('typescript/package.json').replace('package.json', 'bin/tsc');
execFileSync(process.execPath, [compiler, '--project', 'tsconfig.json'], { stdio: 'inherit' });
keepPublicTypes('dist/declarations', 'dist/types/esm');
rmSync('dist/declarations', { recursive: true });
// The same for CommonJS: which kind a declaration is of, the nearest package.json says.
cpSync('dist/types/esm', 'dist/types/cjs', { recursive: true });
writeFileSync('dist/types/cjs/package.json', '{ "type": "commonjs" }\n');
await bundle();
copyFileSync(new URL('LICENSE', repository), 'LICENSE');
