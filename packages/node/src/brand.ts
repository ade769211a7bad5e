//! Lets `instanceof` work where a program has loaded the package twice, as ESM and as
//! CommonJS: each class then exists twice.

type Class = abstract new (...given: never[]) => object;

const BRANDS = Symbol.for('rpa-auth.brands');

interface Branded {
  [BRANDS]?: readonly string[];
}

/** Gives the instances of a class a mark of their own, beside those of its base class. */
export function brand(type: Class, name: string): void {
  const prototype = type.prototype as Branded;
  Object.defineProperty(prototype, BRANDS, { value: [...(prototype[BRANDS] ?? []), name] });
}

/** What `value instanceof type` says: for a class that a program has derived, the usual. */
export function isInstance(type: Class, value: unknown): boolean {
  const prototype = type.prototype as Branded;
  if (!Object.hasOwn(prototype, BRANDS)) return Function.prototype[Symbol.hasInstance].call(type, value);
  const name = prototype[BRANDS]?.at(-1);
  if (typeof value !== 'object' || value === null || name === undefined) return false;
  return (value as Branded)[BRANDS]?.includes(name) ?? false;
}
