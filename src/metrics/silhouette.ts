import { abortSignal, checkKeys, integer, isPromise, SEED } from '../common/checks.js';
import { invalidArgument } from '../common/errors.js';
import { Random } from '../common/random.js';
import { ofThisRealm } from '../common/realm.js';
import {
  forSlices,
  indices,
  runSliced,
  runSync,
  SLICE_ROWS,
  type Sliced,
} from '../common/time-slices.js';
import { checkLength, type Labels, slicedLabel } from '../data/labels.js';
import { acceptMatrix, type MatrixLike, type RawMatrix } from '../data/matrix.js';
import { countThreads } from '../data/points.js';
import { abortable } from '../native/abort.js';
import { type Native, native } from '../native/addon.js';
import type { NativeMatrix } from '../native/tables.js';
import { acceptTable, isLarge } from '../preprocessing/large-tables.js';

export interface SilhouetteScoreOptions {
  /**
   * Number of rows to average over, drawn without replacement; each is compared with all rows, so that
   * the expected score is that of the whole table. Default: all.
   */
  sample?: number;
  /** Seed of the draw. Default 0. */
  seed?: number;
}

const OPTIONS = ['sample', 'seed'] as const;

/**
 * Silhouette of each row (Rousseeuw 1987), in Euclidean distance and float64:
 * s_i = (b_i - a_i) / max(a_i, b_i), with a_i the mean distance to the other rows of its cluster
 * and b_i the least mean distance to the rows of another cluster. 0 for the only row of a cluster
 * and for one at distance 0 from both. The same in any unit, from 1e-300 to 1e300; a row that far away
 * changes the silhouettes of its own cluster only. Time O(N^2 D), memory O(N D).
 *
 * @param X table of N rows
 * @param labels N cluster labels with at least 2 and at most N - 1 distinct values
 * @returns Float64Array[N], values from -1 to 1; the same bits on any number of threads
 * @throws `ERR_INVALID_ARGUMENT`, `ERR_NON_FINITE_INPUT`, `ERR_SHAPE_MISMATCH`
 */
export function silhouetteSamples(X: MatrixLike, labels: Labels): Float64Array {
  return ofThisRealm(native().silhouette(...accept(acceptMatrix(X, 'X'), labels, {})));
}

/**
 * As `silhouetteSamples`, off the event loop. A table of more than 2^21 values or 2^18 rows is copied in time slices, or
 * read in place from a SharedArrayBuffer: do not modify it until the promise resolves. Rejects with `ERR_ABORTED` as soon
 * as `signal` aborts.
 */
export async function silhouetteSamplesAsync(
  X: MatrixLike,
  labels: Labels,
  options?: { signal?: AbortSignal | undefined },
): Promise<Float64Array> {
  return samplesAsync(X, labels, checkKeys('options', options, ['signal']));
}

/**
 * Mean silhouette over the rows, or over a sample of them, which takes O(sample N D); see
 * `silhouetteSamples`.
 *
 * @returns from -1 to 1, high for compact clusters far from each other
 */
export function silhouetteScore(
  X: MatrixLike,
  labels: Labels,
  options: SilhouetteScoreOptions = {},
): number {
  return mean(native().silhouette(...accept(acceptMatrix(X, 'X'), labels, options)));
}

/** As `silhouetteScore`, off the event loop; see `silhouetteSamplesAsync`. */
export async function silhouetteScoreAsync(
  X: MatrixLike,
  labels: Labels,
  options: SilhouetteScoreOptions & { signal?: AbortSignal | undefined } = {},
): Promise<number> {
  return mean(await samplesAsync(X, labels, options));
}

/** Copies a small table before it returns. */
async function samplesAsync(X: MatrixLike, labels: Labels, options: object) {
  const { signal, ...rest } = checkKeys('options', options, [...OPTIONS, 'signal']);
  return abortable(abortSignal(signal), 'the silhouette', async (stop) => {
    const accepted = runSliced(slicedLarge(X, labels, rest));
    const given = isPromise(accepted) ? await accepted : accepted;
    return ofThisRealm(await native().silhouetteAsync(...given, stop));
  });
}

function* slicedLarge(X: MatrixLike, labels: Labels, options: object): Sliced<Given> {
  const x = yield* acceptTable(X, 'X');
  return isLarge(x) ? yield* slicedAccept(x, labels, options) : accept(x, labels, options);
}

type Given = Parameters<Native['silhouette']>;

function accept(x: RawMatrix, labels: Labels, options: object): Given {
  return runSync(slicedAccept(x, labels, options));
}

function* slicedAccept(x: RawMatrix, labels: Labels, options: object): Sliced<Given> {
  const { sample, seed = 0 } = checkKeys('options', options, OPTIONS);
  const { codes, classes } = yield* slicedLabel(labels, 'labels');
  checkLength('labels', codes.length, x.rows, 'rows of X');
  const clusters = classes.length;
  if (clusters < 2 || clusters >= x.rows) {
    throw invalidArgument('labels', `from 2 to N - 1 = ${x.rows - 1} distinct labels`, clusters);
  }
  integer('seed', seed, SEED);
  const rows = sample === undefined ? null : yield* draw(x.rows, sample, seed as number);
  // Float32 or float64: the addon dispatches on the array type.
  return [x as NativeMatrix, codes, clusters, countThreads('auto'), rows];
}

/** `sample` distinct rows of N, in table order; null if that is all of them. */
function* draw(rows: number, sample: unknown, seed: number): Sliced<Int32Array | null> {
  const count = integer('sample', sample, { min: 1 });
  if (count >= rows) return null;
  const random = new Random(seed);
  const all = yield* indices(rows);
  yield* forSlices(
    count,
    (from, end) => {
      for (let i = from; i < end; i++) {
        const k = i + random.below(rows - i);
        [all[i], all[k]] = [all[k]!, all[i]!];
      }
    },
    SLICE_ROWS / 8,
  );
  return all.slice(0, count).sort();
}

function mean(values: Float64Array): number {
  return values.reduce((sum, s) => sum + s, 0) / values.length;
}
