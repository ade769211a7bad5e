//! Checks what a caller gave, by the table that the contract became, and makes of it what a
//! component takes. Each field is read once. A message names the field, never its value.

import { InvalidArgument } from './errors.js';
import { TYPES } from './generated/table.js';
import { Token } from './token.js';

/** A type of the contract, as `cargo xtask contract` writes it. */
export type Type = string | { option: Type } | { list: Type } | { ref: string };

export type Parameter = [name: string, type: Type];

export interface Definition {
  enum?: string[];
  record?: Parameter[];
  variant?: [key: string, tag: string, type: Type][];
}

/** How long all texts of a call may be together: longer than any account or token. */
const LONGEST = 256 * 1024;

const LARGEST: Record<string, number> = { u8: 0xff, u16: 0xffff, u32: 0xffff_ffff };

/** A surrogate that is not one half of a pair. */
const LONE = /\p{Surrogate}/u;

const HEX_KEY = /^[0-9a-f]{64}$/i;

/** Checks the arguments of one call. */
export class Checker {
  #length = 0;

  /** Returns what the component takes for `given`. */
  lower(type: Type, given: unknown, path: string): unknown {
    if (typeof type === 'string') return this.#primitive(type, given, path);
    if ('option' in type) return given === undefined ? undefined : this.lower(type.option, given, path);
    if ('list' in type) return type.list === 'u8' ? key(given, path) : this.#list(type.list, given, path);
    const definition = TYPES[type.ref];
    if (definition?.enum) return oneOf(definition.enum, given, path);
    if (definition?.variant) return this.#variant(definition.variant, given, path);
    return this.#record(definition?.record ?? [], given, path);
  }

  #record(fields: Parameter[], given: unknown, path: string): unknown {
    const from = new Fields(given, path);
    from.refuseOthers(fields.map(([name]) => name));
    const lowered: Record<string, unknown> = {};
    for (const [name, type] of fields) {
      const value = from.read(name);
      if (value === undefined && !isOptional(type)) throw new InvalidArgument(`${path}.${name}`, 'is missing');
      lowered[name] = this.lower(type, value, `${path}.${name}`);
    }
    return lowered;
  }

  #variant(cases: [string, string, Type][], given: unknown, path: string): unknown {
    const known = cases.map(([name]) => name);
    const wanted = `must be an object with one of the fields ${known.join(', ')}`;
    if (!isObject(given)) throw new InvalidArgument(path, `${wanted}, and is ${kind(given)}`);
    const from = new Fields(given, path);
    from.refuseOthers(known, isMeantAsOneOf(known));
    const there = cases
      .map(([name, tag, type]) => ({ name, tag, type, value: from.read(name) }))
      .filter(({ value }) => value !== undefined);
    const [one, another] = there;
    if (!one || another) throw new InvalidArgument(path, wanted);
    return { tag: one.tag, val: this.lower(one.type, one.value, `${path}.${one.name}`) };
  }

  #list(type: Type, given: unknown, path: string): unknown[] {
    if (!isArray(given)) throw new InvalidArgument(path, `must be an array, and is ${kind(given)}`);
    const items = new Fields(given, path);
    const length = items.read('length') as number;
    const lowered = [];
    for (let index = 0; index < length; index += 1) {
      this.#count(1, path);
      lowered.push(this.lower(type, items.read(index), `${path}[${index}]`));
    }
    return lowered;
  }

  #primitive(type: string, given: unknown, path: string): unknown {
    if (type === 'string') return this.#text(given, path);
    if (type === 'bool') {
      if (typeof given !== 'boolean') throw new InvalidArgument(path, `must be true or false, and is ${kind(given)}`);
      return given;
    }
    const largest = LARGEST[type];
    if (largest === undefined) throw new TypeError(`no argument can be of the type ${type}`);
    if (typeof given !== 'number') throw new InvalidArgument(path, `must be a number, and is ${kind(given)}`);
    if (!Number.isInteger(given) || given < 0 || given > largest) {
      throw new InvalidArgument(path, `must be a whole number from 0 to ${largest}`);
    }
    return given;
  }

  #text(given: unknown, path: string): string {
    if (typeof given !== 'string') throw new InvalidArgument(path, `must be a string, and is ${kind(given)}`);
    this.#count(given.length, path);
    if (LONE.test(given)) {
      throw new InvalidArgument(path, 'holds half of a surrogate pair, so it is no Unicode text');
    }
    return given;
  }

  #count(length: number, path: string): void {
    this.#length += length;
    if (this.#length > LONGEST) {
      throw new InvalidArgument(path, `makes the arguments longer than ${LONGEST} characters together`);
    }
  }
}

/** Returns the arguments of a function as the component takes them. */
export function lowered(parameters: Parameter[], given: Record<string, unknown>): unknown[] {
  const checker = new Checker();
  return parameters.map(([name, type]) => {
    const value = given[name];
    const text = name === 'token' ? textOf(value, name) : value;
    return checker.lower(type, text, name);
  });
}

/** Returns the text of a token that may be a `Token`. */
export function textOf(given: unknown, path: string): unknown {
  return reading(path, () => (given instanceof Token ? given.value : given));
}

/** The fields of an object that a caller gave. What throws while it is read is no argument. */
export class Fields {
  readonly #of: object;
  readonly #path: string;

  constructor(given: unknown, path: string) {
    if (!isObject(given)) throw new InvalidArgument(path, `must be an object, and is ${kind(given)}`);
    this.#of = given;
    this.#path = path;
  }

  read(name: string | number): unknown {
    return reading(`${this.#path}.${name}`, () => {
      const isOwn = Object.hasOwn(this.#of, name) || (name in this.#of && !(name in Object.prototype));
      return isOwn ? (this.#of as Record<string | number, unknown>)[name] : undefined;
    });
  }

  /** Refuses what is not known. `isName` says which of that is a name, and no value that went astray. */
  refuseOthers(known: string[], isName: (other: string) => boolean = isIdentifier): void {
    const names = reading(this.#path, () => Object.keys(this.#of));
    const other = names.find((name) => !known.includes(name));
    if (other === undefined) return;
    const are = `known are ${known.join(', ')}`;
    if (isName(other)) throw new InvalidArgument(`${this.#path}.${other}`, `is not known; ${are}`);
    throw new InvalidArgument(this.#path, `has a field that is not known; ${are}`);
  }
}

function isIdentifier(name: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_-]{0,39}$/.test(name);
}

/** Whether a name is a known one but for its case and its dashes. */
function isMeantAsOneOf(known: string[]): (name: string) => boolean {
  const plain = (name: string) => name.toLowerCase().replace(/[-_]/g, '');
  return (name) => known.some((one) => plain(one) === plain(name));
}

/** Returns the bytes of a key. */
export function key(given: unknown, path: string): Uint8Array {
  if (typeof given === 'string') {
    if (!HEX_KEY.test(given)) throw new InvalidArgument(path, 'must be 64 hexadecimal digits: make one with `openssl rand -hex 32`');
    return Uint8Array.from(given.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  }
  const bytes = reading(path, () => (given instanceof Uint8Array ? Uint8Array.from(given) : undefined));
  if (!bytes) throw new InvalidArgument(path, `must be 64 hexadecimal digits or a Uint8Array of 32 bytes, and is ${kind(given)}`);
  if (bytes.length !== 32) throw new InvalidArgument(path, 'must have 32 bytes');
  return bytes;
}

function oneOf(names: string[], given: unknown, path: string): string {
  if (typeof given === 'string' && names.includes(given)) return given;
  throw new InvalidArgument(path, `must be one of ${names.map((name) => `'${name}'`).join(', ')}`);
}

function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch {
    throw new InvalidArgument(path, 'cannot be read');
  }
}

function isOptional(type: Type): boolean {
  return typeof type === 'object' && 'option' in type;
}

function isObject(given: unknown): given is object {
  return typeof given === 'object' && given !== null;
}

function isArray(given: unknown): given is unknown[] {
  try {
    return Array.isArray(given);
  } catch {
    // A proxy that was revoked.
    return false;
  }
}

/** What a value is, for a message that must not show it. */
export function kind(given: unknown): string {
  if (given === null) return 'null; leave it out';
  if (given === undefined) return 'missing';
  if (isArray(given)) return 'an array';
  return typeof given === 'object' ? 'an object' : `a ${typeof given}`;
}
