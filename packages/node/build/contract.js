//! Makes TypeScript of the contract: types with the contract's doc comments, the functions,
//! and the table by which arguments are checked.

const camel = (name) => name.replace(/-([a-z0-9])/g, (_, letter) => letter.toUpperCase());
const pascal = (name) => camel(`-${name}`);

/** Names that say too little outside of their interface. */
const NAMES = {
  'session-types': {
    origin: 'TokenOrigin',
    options: 'SharingOptions',
    state: 'SessionState',
    status: 'SessionStatus',
    entry: 'StoreEntry',
  },
};

/** What is no plain object here: it is written by hand, in src. */
const CLASSES = {
  token: 'Token',
  'auth-error': 'AuthError',
};

/** What becomes a class of errors, or stays within the package. */
const NOT_TYPES = new Set([
  'token',
  'auth-error',
  'rejection',
  'throttling',
  'redirection',
  'oddity',
  'no-answer',
  'cooldown',
  'contest',
  'session-error',
  'store-error',
]);

/** Which interfaces callers see. */
const VOCABULARY = ['types', 'session-types'];
const FUNCTIONS = ['auth', 'orchestrator-auth'];

/** Lists that may be left out, which says the same as an empty one. */
const MAY_BE_LEFT_OUT = new Set(['former-place-keys']);

const NUMBERS = new Set(['u8', 'u16', 'u32', 'u64']);

function fieldsOf({ record }) {
  return record.map((field) => (MAY_BE_LEFT_OUT.has(field.name) ? { ...field, type: { option: field.type } } : field));
}

export class Contract {
  #interfaces;
  #names = new Map();
  #fields = new Set();

  constructor(json) {
    this.#interfaces = new Map(json.interfaces.map((one) => [one.name, one]));
    for (const { name, types, functions } of json.interfaces) {
      for (const type of types) {
        if (VOCABULARY.includes(name)) {
          this.#names.set(type.name, NAMES[name]?.[type.name] ?? pascal(type.name));
        }
        for (const field of type.record ?? []) this.#fields.add(field.name);
      }
      for (const { name: called, parameters } of functions) {
        this.#fields.add(called);
        for (const parameter of parameters) this.#fields.add(parameter.name);
      }
    }
  }

  /** The types that callers see. */
  types() {
    const parts = [
      "import type { AuthError } from '../errors.js';",
      "import type { Key } from '../session/keys.js';",
      "import type { Token } from '../token.js';",
    ];
    for (const { name, type } of this.#vocabulary()) {
      if (!NOT_TYPES.has(type.name)) parts.push(this.#definition(this.#names.get(type.name), type));
      if (name === 'types' && type.name === 'token') {
        parts.push(this.#definition('TokenFields', type));
      }
    }
    for (const kind of ['rejection-kind', 'transport-failure']) {
      if (!this.#names.has(kind)) throw new Error(`the contract has no ${kind} any more`);
    }
    return `${parts.join('\n\n')}\n`;
  }

  /** The functions, each with its doc comment. */
  functions() {
    const functions = FUNCTIONS.flatMap((name) => this.#interface(name).functions);
    const parts = [
      "import { call } from '../call.js';",
      "import type { CallOptions } from '../options.js';",
      "import type { Token } from '../token.js';",
      this.#imports(functions),
    ];
    for (const { name, docs, parameters, result } of functions) {
      const own = parameters.map((one) => `${camel(one.name)}: ${this.#input(one.type, one.name)}`);
      const names = parameters.map((one) => camel(one.name));
      const given = result.result.ok;
      const type = given === null ? 'void' : this.#output(given);
      parts.push(
        `${this.#docs(docs)}export async function ${camel(name)}(${[...own, 'options?: CallOptions'].join(', ')}): Promise<${type}> {\n` +
          `  return call('${name}', { ${names.join(', ')} }, options) as Promise<${type}>;\n}`,
      );
    }
    return `${parts.join('\n\n')}\n`;
  }

  /** What arguments must be, and what their fields are called. */
  table() {
    const types = {};
    for (const { type } of this.#vocabulary()) {
      if (type.enum) types[type.name] = { enum: type.enum.map((one) => one.name) };
      if (type.record) types[type.name] = { record: fieldsOf(type).map(({ name, type }) => [camel(name), type]) };
      if (type.variant) types[type.name] = { variant: type.variant.map(({ name, type }) => [camel(name), name, type]) };
    }
    const needed = {};
    const take = (type) => {
      if (type === null || typeof type === 'string') return;
      const { option, list, ref } = type;
      if (option ?? list) return take(option ?? list);
      if (needed[ref]) return;
      needed[ref] = types[ref];
      const { record = [], variant = [] } = types[ref];
      for (const part of [...record, ...variant]) take(part.at(-1));
    };
    const functions = {};
    for (const { name, parameters } of FUNCTIONS.flatMap((one) => this.#interface(one).functions)) {
      functions[name] = parameters.map((one) => [camel(one.name), one.type]);
      for (const one of parameters) take(one.type);
    }
    for (const ref of ['account', 'options']) take({ ref });
    const fields = [...this.#fields].filter((name) => name.includes('-')).sort();
    return (
      "import type { Definition, Parameter } from '../arguments.js';\n\n" +
      `export const TYPES: Record<string, Definition> = ${JSON.stringify(needed, null, 1)};\n\n` +
      `export const FUNCTIONS: Record<string, Parameter[]> = ${JSON.stringify(functions, null, 1)};\n\n` +
      `/** Names of the contract that are written otherwise here. */\n` +
      `export const FIELDS = ${JSON.stringify(fields)};\n`
    );
  }

  *#vocabulary() {
    for (const name of VOCABULARY) {
      for (const type of this.#interface(name).types) yield { name, type };
    }
  }

  #interface(name) {
    const found = this.#interfaces.get(name);
    if (!found) throw new Error(`the contract has no interface ${name} any more`);
    return found;
  }

  #imports(functions) {
    const used = new Set();
    for (const { parameters, result } of functions) {
      for (const type of [...parameters.map((one) => one.type), result.result.ok]) {
        if (type?.ref && !CLASSES[type.ref]) used.add(this.#names.get(type.ref));
      }
    }
    return `import type { ${[...used].sort().join(', ')} } from './types.js';`;
  }

  #definition(name, type) {
    const docs = this.#docs(type.docs);
    if (type.enum) {
      const cases = type.enum.map((one) => ` * - \`${one.name}\`${one.docs ? `: ${this.#text(one.docs).replaceAll('\n', '\n *   ')}` : ''}`);
      const text = type.docs ? this.#text(type.docs).split('\n').map((line) => ` * ${line}`) : [];
      const union = type.enum.map((one) => `'${one.name}'`).join(' | ');
      return `/**\n${[...text, ...(text.length ? [' *'] : []), ...cases].join('\n')}\n */\nexport type ${name} = ${union};`;
    }
    if (type.variant) {
      const all = type.variant.map((one) => camel(one.name));
      const cases = type.variant.map((one) => {
        const others = all.filter((other) => other !== camel(one.name));
        const fields = [`${this.#docs(one.docs, '      ')}      ${camel(one.name)}: ${this.#input(one.type, one.name)};`];
        for (const other of others) fields.push(`      ${other}?: never;`);
        return `  | {\n${fields.join('\n')}\n    }`;
      });
      return `${docs}export type ${name} =\n${cases.join('\n')};`;
    }
    const fields = fieldsOf(type).map(({ name: field, docs, type }) => {
      const [mark, of] = type.option ? ['?', type.option] : ['', type];
      return `${this.#docs(docs, '  ')}  ${camel(field)}${mark}: ${this.#input(of, field)};`;
    });
    return `${docs}export interface ${name} {\n${fields.join('\n')}\n}`;
  }

  #input(type, name) {
    if (type === 'string') return name === 'token' ? 'string | Token' : 'string';
    if (type.list === 'u8') return name === 'value' ? 'Uint8Array' : 'Key';
    if (type.list?.list === 'u8') return 'Key[]';
    return this.#output(type);
  }

  #output(type) {
    if (type === 'string') return 'string';
    if (type === 'bool') return 'boolean';
    if (NUMBERS.has(type)) return 'number';
    if (type.list) return `${this.#output(type.list)}[]`;
    if (type.ref) return CLASSES[type.ref] ?? this.#names.get(type.ref);
    throw new Error(`no TypeScript for ${JSON.stringify(type)}`);
  }

  #docs(text, indent = '') {
    if (!text) return '';
    const lines = this.#text(text).split('\n');
    if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
    return `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join('\n')}\n${indent} */\n`;
  }

  /** Writes the names in a doc comment as they are written here. */
  #text(text) {
    return text.replace(/`([a-z][a-z0-9.-]*)`/g, (_, quoted) => {
      const [first, ...rest] = quoted.split('.');
      const written = rest.length
        ? [this.#names.get(first) ?? camel(first), ...rest.map(camel)].join('.')
        : this.#fields.has(quoted)
          ? camel(quoted)
          : quoted;
      return `\`${written}\``;
    });
  }
}
