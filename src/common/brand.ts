/**
 * Marks the instances of a class, so that `instanceof` holds for those of every copy of this package: a process may
 * have the ES module, the CommonJS one, and one more in each vm context.
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
        return false; // a proxy may refuse to be looked at
      }
    },
  });
}
