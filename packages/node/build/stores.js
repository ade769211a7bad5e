//! The scripts and statements of the stores that many programs share. They are a format of the
//! project (docs/stores.md): every implementation runs the same ones.

import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

const REDIS = { READ: ['common', 'read'], WRITE: ['common', 'write'] };

const POSTGRES = ['make', 'read', 'replace', 'session', 'settle', 'sweep', 'table'];

export function writeScripts(repository) {
  const read = (path) => readFileSync(new URL(`host/src/store/${path}`, repository), 'utf8');
  const lines = ['export interface Script {\n  text: string;\n  sha1: string;\n}'];
  for (const [name, parts] of Object.entries(REDIS)) {
    const text = parts.map((part) => read(`redis/${part}.lua`)).join('');
    const sha1 = createHash('sha1').update(text).digest('hex');
    lines.push(`export const REDIS_${name}: Script = ${JSON.stringify({ text, sha1 })};`);
  }
  for (const name of POSTGRES) {
    lines.push(`export const POSTGRES_${name.toUpperCase()} = ${JSON.stringify(read(`postgres/${name}.sql`))};`);
  }
  writeFileSync('src/generated/scripts.ts', `${lines.join('\n\n')}\n`);
}
