//! Everything that a program may show of a value.

import { inspect } from 'node:util';

export function allShown(value) {
  const texts = [
    `${value}`,
    JSON.stringify(value) ?? '',
    inspect(value),
    inspect(value, { depth: 20, showHidden: true, getters: true }),
    inspect(value, { depth: 20, showHidden: true, customInspect: false }),
    inspect({ deep: { in: [value] } }, { depth: 20 }),
  ];
  for (let at = value; at instanceof Error; at = at.cause) texts.push(at.message, at.stack);
  return texts.join('\n');
}
