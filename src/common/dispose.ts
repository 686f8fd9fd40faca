/**
 * `Symbol.dispose`, or the symbol that polyfills use if the runtime has none, so that a method of this
 * name works with `using`.
 */
export const disposeSymbol: typeof Symbol.dispose = (Symbol.dispose ??
  Symbol.for('Symbol.dispose')) as typeof Symbol.dispose;
