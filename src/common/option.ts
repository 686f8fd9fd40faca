// Tables of options. An entry states an option once: its check, its default and whether the native session takes it. From a
// table come the type of the resolved options, the names that are allowed and docs/reference/options.md.
import * as checks from './checks.js';
import { invalidArgument } from './errors.js';
import type { Name } from './name.js';
import type { OptionMap } from './unknown-option.js';

/** Returns a value as it is used, T, or throws `ERR_INVALID_ARGUMENT`. `Given` is the type of what may be passed. */
export interface Check<T, Given = T> {
  (name: string, value: unknown, map?: OptionMap): T;
  /** What it takes, in the words of its message. */
  readonly expected: string;
  /** Of numbers, flags and names: null stands for the default, as undefined does. */
  readonly isScalar?: true;
  /** The options that an object may hold in the place of a single value. */
  readonly form?: Entries;
  /** For the type alone. */
  readonly given?: Given;
}

/** An option; one that has neither a default nor an absence is required. */
export interface Entry {
  readonly check: Check<unknown, unknown>;
  /** Checked where nothing is given. */
  readonly default?: unknown;
  /** What it means that nothing is given; the option is undefined then. */
  readonly absent?: string;
  /** The option whose value it has where nothing is given; it is undefined until then. */
  readonly follows?: string;
  /** Its name among the options of the native session; true for its own. */
  readonly native?: string | true;
  /** Whether it holds a table. */
  readonly isData?: true;
}

export type Entries = Readonly<Record<string, Entry>>;
type Optional = { readonly absent: string } | { readonly follows: string };

/** The options of a table after the checks. */
export type Resolved<E extends Entries> = {
  readonly [K in keyof E]:
    | (E[K]['check'] extends Check<infer T, unknown> ? T : never)
    | (E[K] extends Optional ? undefined : never);
};

/** The options of a table as they may be passed, each of them present. */
export type Given<E extends Entries> = {
  [K in keyof E]: E[K]['check'] extends Check<unknown, infer G> ? G : never;
};

/** An option that is an object of options. */
export interface Group<E extends Entries, R = Resolved<E>> extends Check<R, Given<E>> {
  readonly entries: E;
}

/** A check of its own; `expected` is what its message says. */
export function custom<T, G = T>(
  expected: string,
  run: (name: string, value: unknown, map?: OptionMap) => T,
  form?: Group<Entries, unknown>,
): Check<T, G> {
  const check = (name: string, value: unknown, map?: OptionMap): T => run(name, value, map);
  return Object.assign(check, form === undefined ? { expected } : { expected, form: form.entries });
}

function scalar<T, G = T>(expected: string, run: (name: string, value: unknown) => T): Check<T, G> {
  return Object.assign(custom<T, G>(expected, run), { isScalar: true } as const);
}

/** An integer within bounds. */
export function integer(bounds: checks.Bounds = {}): Check<number> {
  const expected = checks.expectation('an integer', bounds);
  return scalar(expected, (name, value) => checks.integer(name, value, bounds));
}

/** A finite number within bounds. */
export function number(bounds: checks.Bounds = {}): Check<number> {
  const expected = checks.expectation('a finite number', bounds);
  return scalar(expected, (name, value) => checks.number(name, value, bounds));
}

export const boolean: Check<boolean> = scalar('true or false', checks.boolean);

/** One of some names. */
export function oneOf<const T extends string>(names: readonly T[]): Check<T, Name<T>> {
  return scalar(checks.listed(names), (name, value) => checks.oneOf(name, value, names));
}

/** A function, which is called as it is. */
export function callback<F>(parameters: string): Check<F> {
  const expected = `a function (${parameters})`;
  return custom(expected, (name, value) => {
    if (typeof value !== 'function') throw invalidArgument(name, expected, value);
    return value as F;
  });
}

/**
 * The options of an object by a table. `finish` makes what is used of them, and checks what several of them must meet
 * together.
 */
export function group<const E extends Entries, R = Resolved<E>>(
  entries: E,
  finish: (options: Resolved<E>, name: string) => R = (options) => options as R,
): Group<E, R> {
  const run = (name: string, value: unknown, map?: OptionMap): R =>
    finish(resolveWithin(entries, value, name, map), name);
  return Object.assign(run, { expected: 'an object', entries });
}

/** The options that a call takes directly: they are named without a prefix. */
export function resolveOptions<E extends Entries>(
  entries: E,
  value: unknown,
  map?: OptionMap,
): Resolved<E> {
  return resolveEntries(entries, checks.checkKeys('options', value, namesOf(entries), map), map);
}

/** Those of a table among options whose names have been checked. */
export function resolveEntries<E extends Entries>(
  entries: E,
  given: Readonly<Record<string, unknown>>,
  map?: OptionMap,
  prefix = '',
): Resolved<E> {
  const resolved = Object.entries(entries).map(([name, entry]) => {
    return [name, resolveEntry(entry, given[name], prefix + name, map)];
  });
  return Object.fromEntries(resolved) as Resolved<E>;
}

function resolveEntry(entry: Entry, given: unknown, name: string, map?: OptionMap): unknown {
  const { check, absent, follows } = entry;
  const value = check.isScalar && given === null && absent === undefined ? undefined : given;
  const isAbsent = (absent ?? follows) !== undefined;
  if (value === undefined && isAbsent) return undefined;
  return check(name, value === undefined ? entry.default : value, map);
}

function resolveWithin<E extends Entries>(
  entries: E,
  value: unknown,
  name: string,
  map?: OptionMap,
): Resolved<E> {
  const given = checks.checkKeys(name, value, namesOf(entries), map);
  return resolveEntries(entries, given, map, `${name}.`);
}

/** The names of a table. */
export function namesOf<E extends Entries>(entries: E): readonly (keyof E & string)[] {
  return Object.keys(entries);
}

export function isGroup(check: Entry['check']): check is Group<Entries, unknown> {
  return 'entries' in check;
}

/** Where each option of a table is that may be advised in the place of another: 'seed', 'joint.epochs'. */
export function placesOf(entries: Entries): string[] {
  return Object.entries(entries).flatMap(([name, { check, follows, isData }]) => {
    if (follows !== undefined || isData) return [];
    const within = isGroup(check) ? placesOf(check.entries) : [];
    return [name, ...within.map((place) => `${name}.${place}`)];
  });
}

/** Of resolved options those that the native session takes, those of groups among them; null for one that is absent. */
export function nativeOptions<E extends Entries>(
  entries: E,
  resolved: Resolved<E>,
): Record<string, unknown> {
  const taken = Object.entries(entries).map(([name, { check, native }]) => {
    const value = resolved[name];
    if (native !== undefined) return { [native === true ? name : native]: value ?? null };
    if (value === undefined || !isGroup(check)) return {};
    return nativeOptions(check.entries, value as Resolved<Entries>);
  });
  return Object.assign({}, ...taken);
}
