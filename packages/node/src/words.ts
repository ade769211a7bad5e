//! The contract's names as they are written in JavaScript.

import { FIELDS } from './generated/table.js';

const NAMES = new RegExp(`\\b(${[...FIELDS].sort((a, b) => b.length - a.length).join('|')})\\b(?!-)`, 'g');

/** Writes each field that a text of the contract names as a caller writes it. */
export function inOwnWords(text: string): string {
  return text.replace(NAMES, (name) => name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()));
}
