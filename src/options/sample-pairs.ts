// Pairs of rows that are known to belong together, the part of `knowledge-graph` beside its base loss.
import { checkKeys, integer, number, object } from '../common/checks.js';
import { invalidArgument, shapeMismatch } from '../common/errors.js';
import { acceptVector } from '../data/vectors.js';

/** Two rows of X that are known to belong together. */
export interface SamplePair {
  i: number;
  j: number;
  /** How sure that is, greater than 0; default 1. */
  weight?: number;
}

/** Pairs as the native core takes them: pair k joins rows i[k] and j[k]. */
export interface PairList {
  readonly i: Int32Array;
  readonly j: Int32Array;
  readonly weights: Float32Array;
}

export interface ResolvedGraph {
  readonly pairs: PairList;
  readonly weight: number;
}

const MAX_ROW = 2 ** 31 - 1;

export function resolveGraph(options: Readonly<Record<string, unknown>>): ResolvedGraph {
  const { pairs, weight = 1 } = checkKeys('loss', options, ['name', 'base', 'pairs', 'weight']);
  return { pairs: acceptPairs(pairs), weight: number('loss.weight', weight, { min: 0 }) };
}

/** The pairs of a table of so many rows; every index must be one of its rows. */
export function pairsOf({ pairs }: ResolvedGraph, rows: number, outputs: number): PairList {
  if (outputs < 2) {
    throw invalidArgument(
      'loss',
      "for 'knowledge-graph' a network of two or more outputs",
      outputs,
    );
  }
  for (const end of ['i', 'j'] as const) {
    const k = pairs[end].findIndex((row) => row >= rows);
    if (k < 0) continue;
    const name = `loss.pairs[${k}].${end}`;
    throw invalidArgument(name, `a row of X, from 0 to ${rows - 1}`, pairs[end][k]);
  }
  return pairs;
}

export function isKnowledgeGraph(
  loss: unknown,
): loss is { readonly name: 'knowledge-graph'; readonly base?: unknown } {
  const isObject = typeof loss === 'object' && loss !== null;
  return isObject && 'name' in loss && loss.name === 'knowledge-graph' && !('evaluate' in loss);
}

/** The pairs whose both ends are among `rows`, numbered by their place in it. */
export function pairsAmong({ i, j, weights }: PairList, rows: ArrayLike<number>): PairList {
  const placeOf = new Map<number, number>();
  for (let place = 0; place < rows.length; place++) placeOf.set(rows[place]!, place);
  const kept = Array.from(weights.keys()).filter((k) => placeOf.has(i[k]!) && placeOf.has(j[k]!));
  return {
    i: Int32Array.from(kept, (k) => placeOf.get(i[k]!)!),
    j: Int32Array.from(kept, (k) => placeOf.get(j[k]!)!),
    weights: Float32Array.from(kept, (k) => weights[k]!),
  };
}

function acceptPairs(value: unknown): PairList {
  const { i, j, weight } = Array.isArray(value) ? columns(value) : arrays(value);
  for (const [name, { length }] of Object.entries({ j, weight })) {
    if (length !== i.length) {
      throw shapeMismatch(`loss.pairs.${name}`, `${i.length} values like i`, `${length}`);
    }
  }
  for (let k = 0; k < i.length; k++) {
    integer(`loss.pairs[${k}].i`, i[k], { min: 0, max: MAX_ROW });
    integer(`loss.pairs[${k}].j`, j[k], { min: 0, max: MAX_ROW });
    number(`loss.pairs[${k}].weight`, weight[k], { exclusiveMin: 0 });
    if (i[k] === j[k]) throw invalidArgument(`loss.pairs[${k}].j`, 'another row than i', j[k]);
  }
  return {
    i: Int32Array.from(i as ArrayLike<number>),
    j: Int32Array.from(j as ArrayLike<number>),
    weights: Float32Array.from(weight as ArrayLike<number>),
  };
}

interface Columns {
  readonly i: ArrayLike<unknown>;
  readonly j: ArrayLike<unknown>;
  readonly weight: ArrayLike<unknown>;
}

function columns(pairs: readonly unknown[]): Columns {
  const read = pairs.map((pair, k) => {
    const {
      i,
      j,
      weight = 1,
    } = checkKeys(`loss.pairs[${k}]`, object(`loss.pairs[${k}]`, pair), ['i', 'j', 'weight']);
    return { i, j, weight };
  });
  return {
    i: read.map(({ i }) => i),
    j: read.map(({ j }) => j),
    weight: read.map(({ weight }) => weight),
  };
}

function arrays(value: unknown): Columns {
  const o = checkKeys('loss.pairs', object('loss.pairs', value), ['i', 'j', 'weight']);
  const i = acceptVector(o.i, 'loss.pairs.i');
  const j = acceptVector(o.j, 'loss.pairs.j');
  const weight =
    o.weight === undefined
      ? new Float64Array(i.length).fill(1)
      : acceptVector(o.weight, 'loss.pairs.weight');
  return { i, j, weight };
}
