//! Copies the declarations that callers see: those of the front page, and what they refer to.

import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export function keepPublicTypes(from, to) {
  const kept = new Set();
  const keep = (file) => {
    if (kept.has(file)) return;
    kept.add(file);
    mkdirSync(dirname(join(to, file)), { recursive: true });
    copyFileSync(join(from, file), join(to, file));
    const text = readFileSync(join(from, file), 'utf8');
    for (const [, specifier] of text.matchAll(/from '([^']+)'/g)) {
      if (!specifier.startsWith('.')) throw new Error(`${file} refers to ${specifier}`);
      keep(join(dirname(file), specifier.replace(/\.js$/, '.d.ts')));
    }
  };
  keep('index.d.ts');
}
