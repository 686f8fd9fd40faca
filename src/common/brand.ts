/**
 * Marks the instances of a class, so that `instanceof` holds across copies of this package: a process may load the
 * ES module, the CommonJS module, and another copy in each vm context.
 */
export function brand(owner: { readonly prototype: object }, name: string): void {
  const mark = Symbol.for(`deeptype.${name}`);
  Object.defineProperty(owner.prototype, mark, { value: true });
  Object.defineProperty(owner, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      if (this !== owner) return Function.prototype[Symbol.hasInstance].call(this, value);
      try {
        return typeof value === 'object' && value !== null && Reflect.get(value, mark) === true;
      } catch {
        return false; // a proxy's trap may throw
      }
    },
  });
}
