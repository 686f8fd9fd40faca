/** The fields that `console.log` shows of an object, and its state in a word or two. */
export interface Summary {
  readonly state?: string;
  readonly [field: string]: unknown;
}

type Inspect = (value: unknown, options: object) => string;

const MOST_VALUES = 6;

/** Makes `console.log` show `summaryOf(instance)`, which must not throw, under the name of the class. */
export function inspectable<T extends object>(
  owner: { readonly prototype: T },
  name: string,
  summaryOf: (instance: T) => Summary,
): void {
  Object.defineProperty(owner.prototype, Symbol.for('nodejs.util.inspect.custom'), {
    value(this: T, depth: number, options: object, inspect: Inspect): string {
      if (depth < 0) return `[${name}]`;
      const { state, ...fields } = summaryOf(this);
      const given = Object.entries(fields).filter(([, value]) => value !== undefined);
      const title = state === undefined ? name : `${name} (${state})`;
      if (given.length === 0) return title;
      return `${title} ${inspect(Object.fromEntries(given), { ...options, maxArrayLength: MOST_VALUES })}`;
    },
  });
}
