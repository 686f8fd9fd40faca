/**
 * One of the names T. TypeScript takes any string, for it widens `{ loss: 'mse' }` to `{ loss: string }` wherever options
 * are kept in a variable; editors still complete the names. The call checks which it is.
 */
export type Name<T extends string> = T | (string & Record<never, never>);

/** The names of a table, in its order. */
export function namesOf<T extends string>(table: Readonly<Record<T, unknown>>): readonly T[] {
  return Object.keys(table) as T[];
}
