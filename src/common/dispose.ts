/**
 * `Symbol.dispose`, or where the runtime has none the symbol that polyfills agree on, so that a
 * method of this name works with `using` wherever `using` works.
 */
export const disposeSymbol: typeof Symbol.dispose = (Symbol.dispose ??
  Symbol.for('Symbol.dispose')) as typeof Symbol.dispose;
