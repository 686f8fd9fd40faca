import { isFloat32, oneOf } from '../common/checks.js';
import type { Labels } from '../data/labels.js';
import { acceptMatrix, acceptShape, type MatrixLike, type RawMatrix } from '../data/matrix.js';
import type { Targets } from '../data/targets.js';
import { acceptTargets, type Take, trainTestSplit } from '../datasets/split.js';
import { Imputer } from '../preprocessing/imputer.js';

/** How missing values are filled, from the rows a model is trained on alone. */
export type Impute = 'median' | 'mean';

/** Rows of X and of y. */
export interface Rows {
  readonly X: RawMatrix;
  readonly y: Targets;
}

/** Training rows, and any other rows with their gaps filled by what the training rows say. */
export interface Part {
  /** The rows of the table to train on. */
  readonly indices: Int32Array;
  readonly train: Rows;
  rows(indices: Int32Array): Rows;
  fill(X: MatrixLike, name: string): RawMatrix;
}

/** Which rows to hold out, as `datasets.trainTestSplit` takes it. */
export interface HoldOptions {
  readonly testFraction: number;
  readonly stratify: boolean;
  readonly groups: Labels | undefined;
  readonly seed: number;
}

/** X (N x D) and y, from which rows are taken. */
export class Table {
  readonly X: RawMatrix;
  readonly y: Targets;
  readonly #takeTargets: Take;
  readonly #impute: Impute | undefined;

  /** @throws `ERR_INVALID_ARGUMENT`, `ERR_SHAPE_MISMATCH`, `ERR_NON_FINITE_INPUT` */
  constructor(X: MatrixLike, y: Targets, impute: unknown) {
    this.#impute =
      impute === undefined ? undefined : oneOf<Impute>('impute', impute, ['median', 'mean']);
    this.X = this.#impute === undefined ? acceptMatrix(X, 'X') : acceptShape(X, 'X');
    this.#takeTargets = acceptTargets(y, 'y', this.X.rows);
    this.y = y;
  }

  /** 0 .. N - 1 */
  all(): Int32Array {
    return Int32Array.from({ length: this.X.rows }, (_, i) => i);
  }

  /** Rows to train on and rows held out, each ascending. */
  hold({ groups, ...options }: HoldOptions): { train: Int32Array; held: Int32Array } {
    const index = { data: new Float32Array(this.X.rows), rows: this.X.rows, columns: 1 };
    const given = groups === undefined ? options : { ...options, groups };
    const { trainIndices, testIndices } = trainTestSplit(index, this.y, given);
    return { train: trainIndices.sort(), held: testIndices.sort() };
  }

  part(train: Int32Array): Part {
    const raw = takeRows(this.X, train);
    const imputer = this.#impute && new Imputer({ strategy: this.#impute }).fit(raw);
    const rows = (indices: Int32Array): Rows => {
      const X = takeRows(this.X, indices);
      return { X: imputer?.fill(X) ?? X, y: this.#takeTargets(indices) as Targets };
    };
    return {
      indices: train,
      train: rows(train),
      rows,
      fill: (X, name) => imputer?.fill(X) ?? acceptMatrix(X, name),
    };
  }
}

function takeRows({ data, columns }: RawMatrix, rows: Int32Array): RawMatrix {
  const size = rows.length * columns;
  const taken = isFloat32(data) ? new Float32Array(size) : new Float64Array(size);
  rows.forEach((row, i) => {
    taken.set(data.subarray(row * columns, (row + 1) * columns), i * columns);
  });
  return { data: taken, rows: rows.length, columns };
}
