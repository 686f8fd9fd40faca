/**
 * One of the names T. The type accepts any string, because TypeScript widens `{ loss: 'mse' }` in a variable to
 * `{ loss: string }`; editors still complete the names. They are checked at run time.
 */
export type Name<T extends string> = T | (string & Record<never, never>);

/** The names of a table, in its order. */
export function namesOf<T extends string>(table: Readonly<Record<T, unknown>>): readonly T[] {
  return Object.keys(table) as T[];
}
