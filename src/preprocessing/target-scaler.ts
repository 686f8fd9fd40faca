// Standardises the targets of regression losses for the network, and converts its outputs back to the units of y.
import { DeepTypeError, invalidArgument, shapeMismatch } from '../common/errors.js';
import { inSlices, type Sliced } from '../common/time-slices.js';
import { Matrix, type RawMatrix } from '../data/matrix.js';
import { native } from '../native/addon.js';
import { newFloat32 } from '../native/memory.js';
import type { Scaler } from './scaler.js';
import { chosen, type Learned, moments, quantiles } from './target-statistics.js';
import type { Sample } from './weighted-quantile.js';

/** What targets are standardised by: 'moments' suit squared errors, 'quantiles' absolute ones. */
export type Standard = 'moments' | 'quantiles';

/** Location and scale of the targets, one number an output: (y - location) / scale. */
export interface TargetScaling {
  /** Float64Array[C], in the units of y. */
  readonly location: Float64Array;
  /**
   * Float64Array[C], in the units of y; 0 if the output is constant. Its sign makes the first row that is clearly
   * off the location positive, so that the network learns the same from -y as from y.
   */
  readonly scale: Float64Array;
}

/** The scalers of columns and targets; undefined where values are used unchanged. */
export interface Scalers {
  readonly scaler: Scaler | undefined;
  readonly targetScaler: TargetScaler | undefined;
}

/**
 * Standardises each column of the targets: (y - location) / scale, in float64 and then rounded to float32, so
 * that an offset in y costs no precision. A constant column has scale 0: it becomes 0, and its prediction is
 * the constant.
 */
export class TargetScaler implements TargetScaling {
  readonly location: Float64Array;
  readonly scale: Float64Array;

  constructor({ location, scale }: TargetScaling) {
    this.location = location;
    this.scale = scale;
  }

  /** Matrix[N x C] of the standardised values (N x C); `name` is the argument's, for messages. */
  *transform({ data, rows, columns }: RawMatrix, name: string): Sliced<Matrix> {
    const { location, scale } = this;
    if (columns !== scale.length) {
      throw shapeMismatch(name, `${scale.length} values a row as in fit`, `${columns}`);
    }
    const out = newFloat32(data.length, name);
    yield* inSlices(data.length, (begin, end) => {
      for (let k = begin, j = begin % columns; k < end; k++, j = j + 1 === columns ? 0 : j + 1) {
        out[k] = scale[j] === 0 ? 0 : (data[k]! - location[j]!) / scale[j]! + 0; // no -0
      }
    });
    if (!native().allFinite(out, 0)) {
      const bad = out.findIndex((value) => !Number.isFinite(value));
      const [row, column] = [Math.floor(bad / columns), bad % columns];
      throw new DeepTypeError(
        'ERR_NON_FINITE_INPUT',
        `${name}: expected values within float32 once standardised, received ${data[bad]} at row ${row}, column ${column}`,
      );
    }
    return new Matrix(out, rows, columns);
  }

  /** Outputs of the network (N x C) in the units of y, computed in float64 and written to `out` (N * C). */
  *undo<A extends Float32Array | Float64Array>({ data, columns }: Matrix, out: A): Sliced<A> {
    const { location, scale } = this;
    yield* inSlices(data.length, (begin, end) => {
      for (let k = begin, j = begin % columns; k < end; k++, j = j + 1 === columns ? 0 : j + 1) {
        out[k] = location[j]! + scale[j]! * data[k]!;
      }
    });
    return out;
  }

  /**
   * For a warm start: a column that was constant has no scale, so it cannot learn other values.
   *
   * @throws `ERR_INVALID_ARGUMENT` if one of the given rows (default all) has another value
   */
  *checkConstants({ exact, weights }: Values, rows?: Int32Array): Sliced<void> {
    if (exact === undefined) return;
    for (const [j, scale] of this.scale.entries()) {
      if (scale !== 0) continue;
      const { values } = yield* columnOf(exact, j, weights, rows);
      const other = values.find((value) => value !== this.location[j]);
      if (other === undefined) continue;
      const expected = `${this.location[j]} in column ${j}, as all rows of the first fit; fit without warmStart`;
      throw invalidArgument('y', expected, other);
    }
  }
}

/** Targets whose loss may call for standardising. */
interface Values {
  /** N x C, in the precision of y. */
  readonly exact?: RawMatrix | undefined;
  readonly weights: Float32Array | null;
}

/**
 * Learns location and scale of each output from the given rows (default all), in time slices; undefined if the
 * loss uses targets unchanged. For squared errors: the weighted mean and population standard deviation. For
 * absolute errors: the weighted median and the interquartile range divided by that of the standard normal
 * distribution, which are robust to the outliers for which these losses are chosen; if the quartiles coincide,
 * the median distance of the other values from the median.
 */
export function* learnTargets(
  { exact, weights }: Values,
  { standard }: { readonly standard?: Standard | undefined },
  rows?: Int32Array,
): Sliced<TargetScaler | undefined> {
  if (exact === undefined || standard === undefined) return undefined;
  const learn = standard === 'moments' ? moments : quantiles;
  const [location, scale] = [new Float64Array(exact.columns), new Float64Array(exact.columns)];
  for (let j = 0; j < exact.columns; j++) {
    const learned = yield* learn(yield* columnOf(exact, j, weights, rows));
    location[j] = learned.location;
    scale[j] = learned.scale * orientation(exact, j, weights, rows, learned);
  }
  return new TargetScaler({ location, scale });
}

/** Distance from the location, in scales, at which a row decides the sign: common, and far above rounding. */
const CLEARLY_OFF = 1 / Math.PI;

/** The sign, 1 or -1, of the first row of column j that is clearly off the location. */
function orientation(
  { data, columns, rows: count }: RawMatrix,
  j: number,
  weights: Float32Array | null,
  rows: Int32Array | undefined,
  { location, scale }: Learned,
): number {
  for (let k = 0; k < (rows?.length ?? count); k++) {
    const i = rows === undefined ? k : rows[k]!;
    const distance = data[i * columns + j]! - location;
    const isCounted = weights === null || weights[i]! > 0;
    if (isCounted && Math.abs(distance) > CLEARLY_OFF * scale) return Math.sign(distance);
  }
  return 1;
}

/** Column j of the rows with positive weight. */
function* columnOf(
  { data, columns, rows: count }: RawMatrix,
  j: number,
  weights: Float32Array | null,
  rows: Int32Array | undefined,
): Sliced<Sample> {
  const length = rows?.length ?? count;
  const values = new Float64Array(length);
  const rowWeights = weights === null ? null : new Float64Array(length);
  yield* inSlices(length, (begin, end) => {
    for (let k = begin; k < end; k++) {
      const i = rows === undefined ? k : rows[k]!;
      values[k] = data[i * columns + j]!;
      if (rowWeights !== null) rowWeights[k] = weights![i]!;
    }
  });
  const column = { values, weights: rowWeights };
  return rowWeights === null ? column : yield* chosen(column, (_, weight) => weight > 0);
}
