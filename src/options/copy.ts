// Options as they were given, at the time they were given.

/** The longest array that counts as an option and not as data. */
const MAX_ARRAY = 1024;
/** The most levels of objects within objects that are options. */
export const MAX_DEPTH = 8;

/** Options as they are now: plain objects and short arrays copied, all else as it is. */
export function copyOptions<T>(value: T, depth = 0): T {
  if (depth > MAX_DEPTH || !isPlain(value)) return value;
  if (Array.isArray(value)) return Array.from(value, (x) => copyOptions(x, depth + 1)) as T;
  const entries = Object.entries(value).map(([key, x]) => [key, copyOptions(x, depth + 1)]);
  return Object.fromEntries(entries) as T;
}

/** Whether it is a plain object or a short array, of any realm. */
export function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.length <= MAX_ARRAY;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || isRootPrototype(prototype);
}

/** Whether it is the Object.prototype of a realm. */
function isRootPrototype(prototype: unknown): boolean {
  return (
    Object.hasOwn(prototype as object, 'isPrototypeOf') && Object.getPrototypeOf(prototype) === null
  );
}
