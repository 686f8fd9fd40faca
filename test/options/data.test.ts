import { describe, expect, it } from 'vitest';
import { DeepType, Matrix } from '../../src/index.js';
import { messageOf } from '../common/coded.js';
import { INVALID, NON_FINITE, OPTIONS, refusal, rejection, rows, SHAPE, y } from './refusals.js';

/** `rows` with one value replaced. */
function withValue(i: number, j: number, value: unknown): number[][] {
  return rows.map((row, r) => row.map((x, c) => (r === i && c === j ? (value as number) : x)));
}

describe('X of fit', () => {
  it('of a wrong type is named with what was expected and what came', async () => {
    const expected = 'X: expected a Matrix, an array of rows or { data, rows, columns }, received';
    for (const [X, shown] of [
      [undefined, 'undefined'],
      [null, 'null'],
      ['rows', "'rows'"],
      [5, '5'],
      [true, 'true'],
      [1n, '1n'],
      [Symbol('x'), 'a symbol'],
      [() => rows, 'a function'],
      [new Float32Array(60), 'Float32Array of 240 bytes; a table of one row is [row]'],
      [Promise.resolve(rows), 'a promise (is an await missing?)'],
    ] as const) {
      expect(await refusal(X, y, INVALID)).toBe(`${expected} ${shown}`);
    }
    expect(await refusal({}, y, INVALID)).toBe(
      'X.rows: expected a non-negative integer, received undefined',
    );
    expect(await refusal({ data: 'abc', rows: 20, columns: 3 }, y, INVALID)).toBe(
      "X.data: expected a Float32Array, Float64Array or array of numbers, received 'abc'",
    );
    expect(await refusal([1, 2, 3], y, INVALID)).toBe(
      'X: expected an array of rows, received 3 numbers; a table of one row is [row]',
    );
    expect(await refusal(withValue(4, 2, '7'), y, INVALID)).toBe(
      "X[4][2]: expected a number, received '7'",
    );
    expect(await refusal(withValue(4, 2, undefined), y, INVALID)).toContain('received undefined');
    expect(await refusal(new Array(20), y, INVALID)).toContain(
      'X[0]: expected an array of numbers',
    );
  });

  it('of ragged rows or a length that does not fit', async () => {
    expect(
      await refusal(
        rows.map((row, i) => (i === 7 ? row.slice(1) : row)),
        y,
        SHAPE,
      ),
    ).toBe('X[7]: expected 3 values as in row 0, received 2');
    expect(await refusal({ data: new Float32Array(59), rows: 20, columns: 3 }, y, SHAPE)).toBe(
      'X.data: expected 20 * 3 values, received 59',
    );
  });

  it('with NaN or an infinity says where', async () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const remedy = Number.isNaN(value)
        ? 'an Imputer fills those that are NaN'
        : 'where they are missing write NaN, which an Imputer fills';
      const expected = `X: expected finite values, received ${value} at row 13, column 1; 1 of 60 values are not finite: ${remedy}`;
      expect(await refusal(withValue(13, 1, value), y, NON_FINITE)).toBe(expected);
      const data = Float32Array.from(withValue(13, 1, value).flat());
      expect(await refusal({ data, rows: 20, columns: 3 }, y, NON_FINITE)).toBe(expected);
      expect(await refusal(new Matrix(data, 20, 3), y, NON_FINITE)).toBe(expected);
    }
  });

  it('that is empty', async () => {
    expect(await refusal([], y, INVALID)).toBe(
      'X: expected at least one row, received an array of length 0',
    );
    expect(await refusal([[], []], y, INVALID)).toBe(
      "X: expected at least one row and one column, received '2 x 0'",
    );
    expect(await refusal(new Matrix(new Float32Array(0), 0, 3), y, INVALID)).toContain("'0 x 3'");
  });

  it('of sizes that are negative or no integers', async () => {
    const of = (r: unknown, c: unknown) => ({ data: new Float32Array(60), rows: r, columns: c });
    for (const value of [-20, 2.5, Number.NaN, '20', 2 ** 60]) {
      expect(await refusal(of(value, 3), y, INVALID)).toMatch(
        /^X.rows: expected a non-negative integer, received /,
      );
      expect(await refusal(of(20, value), y, INVALID)).toMatch(
        /^X.columns: expected a non-negative integer, received /,
      );
    }
  });

  it('of fewer rows than clusters', async () => {
    expect(await refusal(rows.slice(0, 4), y.slice(0, 4), INVALID, { clusters: 5 })).toBe(
      'X: expected at least 5 rows, one a cluster, received 4',
    );
  });

  it('beyond float32: refused where the values are used as they are, taken where standardised', async () => {
    const large = withValue(2, 0, 1e39);
    expect(await refusal(large, y, NON_FINITE, { standardize: false })).toBe(
      'X: expected finite values, received Infinity after rounding to float32 at row 2, column 0; divide the column by a constant',
    );
    const all = rows.map((row) => row.map((x) => x * 1e100));
    const scaled = new DeepType(OPTIONS);
    await scaled.fit(all, y);
    const plain = new DeepType(OPTIONS);
    await plain.fit(rows, y);
    expect(scaled.predict(all)).toEqual(plain.predict(rows));
    expect(await refusal(withValue(2, 0, 1e308), y, NON_FINITE)).toMatch(
      /^X: expected a spread within float64, received an overflow in column 0/,
    );
    messageOf(() => plain.predict(withValue(2, 0, 1e300)), NON_FINITE);
  });

  it('of a scale of 1e30 as it is gives ERR_DIVERGED or finite weights; standardised it is like any other', async () => {
    const large = rows.map((row) => row.map((x) => x * 1e30));
    const model = new DeepType({ ...OPTIONS, standardize: false, settle: { iterations: 120 } });
    const outcome: unknown = await model.fit(large, y).catch((error: unknown) => error);
    if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'ERR_DIVERGED' });
    else expect(model.history.every(({ total }) => Number.isFinite(total))).toBe(true);
    expect(model.network.parameters().every(({ data }) => data.every(Number.isFinite))).toBe(true);
    const [scaled, plain] = [new DeepType(OPTIONS), new DeepType(OPTIONS)];
    await scaled.fit(large, y);
    await plain.fit(rows, y);
    expect(scaled.labels).toEqual(plain.labels);
  });

  it('that is refused leaves a fitted model as it was', async () => {
    const model = new DeepType({ ...OPTIONS, standardize: false });
    await model.fit(rows, y);
    const labels = model.labels;
    await rejection(model.fit(withValue(0, 0, 1e39), y), NON_FINITE);
    await rejection(model.fit(rows, [1]), SHAPE);
    expect(model.labels).toBe(labels);
    expect(model.assign(rows)).toEqual(labels);
  });
});

describe('y of fit', () => {
  it('of a wrong type', async () => {
    expect(await refusal(rows, undefined, INVALID)).toBe(
      'y: expected the label of each row of X, received undefined; to cluster rows without labels use KMeans',
    );
    const values = "; to predict values set loss: 'mse' (or 'mae', 'huber')";
    for (const [labels, shown] of [
      ['abc', "'abc'"],
      [{}, `an object${values}`],
      [{ time: [1], event: [1] }, "an object; for { time, event } set loss: 'cox'"],
      [Promise.resolve(y), 'a promise (is an await missing?)'],
      [new Float32Array(20), `Float32Array of 80 bytes${values}; of classes make an Int32Array`],
      [new BigInt64Array(20), `BigInt64Array of 160 bytes${values}`],
    ] as const) {
      expect(await refusal(rows, labels, INVALID)).toBe(
        `y: expected an Int32Array, Uint32Array, Uint8Array, or an array of integers or of strings, received ${shown}`,
      );
    }
    const replaced = (value: unknown) => y.map((label, i) => (i === 3 ? value : label));
    expect(await refusal(rows, replaced(0.5), INVALID)).toBe(
      `y[3]: expected an integer, received 0.5${values}`,
    );
    expect(await refusal(rows, replaced('a'), INVALID)).toBe(
      "y[3]: expected a number like y[0], received 'a'",
    );
    expect(await refusal(rows, replaced(null), INVALID)).toBe(
      'y[3]: expected an integer or a string, received null',
    );
    expect(await refusal(rows, replaced(Number.NaN), NON_FINITE)).toBe(
      'y: expected finite labels, received NaN at row 3, column 0; leave rows without a label out',
    );
  });

  it('that is longer, shorter or empty', async () => {
    expect(await refusal(rows, [...y, 0], SHAPE)).toBe(
      'y: expected 20 values, one a row of X, received 21',
    );
    expect(await refusal(rows, y.slice(1), SHAPE)).toContain('received 19');
    expect(await refusal(rows, [], INVALID)).toBe(
      'y: expected at least one label, received an array of length 0',
    );
    for (const loss of ['mse', 'mae', 'huber', 'bce'] as const) {
      expect(await refusal(rows, new Float32Array(21), SHAPE, { loss })).toBe(
        'y: expected 20 values, one a row of X, received 21',
      );
    }
  });

  it('of one class', async () => {
    expect(await refusal(rows, new Int32Array(20), INVALID)).toBe(
      'y: expected at least two classes, received 0 in all 20 rows; to cluster rows without labels use KMeans',
    );
    expect(await refusal(rows, new Array(20).fill('one'), INVALID)).toContain(
      'at least two classes',
    );
    expect(
      await refusal(
        rows,
        y.map(() => 0),
        INVALID,
        { loss: 'bce' },
      ),
    ).toBe(
      'y: expected at least two classes, received 0 in all 20 rows; to cluster rows without labels use KMeans',
    );
    const three = y.map((_, i) => i % 3);
    expect(await refusal(rows, three, INVALID, { loss: 'bce' })).toBe(
      "y: expected two classes for the loss 'bce', received 0, 1, 2; for more set loss: 'cross-entropy'",
    );
  });

  it('of values that do not suit the loss', async () => {
    const values = Float64Array.from(y);
    values[6] = 1.5;
    expect(await refusal(rows, values, INVALID, { loss: 'bce' })).toBe(
      "y: expected values from 0 to 1 for the loss 'bce', received 1.5 at row 6, column 0",
    );
    values[6] = Number.NaN;
    expect(await refusal(rows, values, NON_FINITE, { loss: 'mse' })).toBe(
      'y: expected finite values, received NaN at row 6, column 0',
    );
    values[6] = 1e39;
    expect(await refusal(rows, values, NON_FINITE, { loss: 'mse' })).toBe(
      'y: expected finite values, received Infinity after rounding to float32 at row 6, column 0; divide the column by a constant',
    );
    expect(await refusal(rows, y.map(String), INVALID, { loss: 'mse' })).toMatch(
      /^y\[0\]: expected a number, received '\d'/,
    );
    const ragged = y.map((label, i) => (i === 9 ? [label] : [label, 1]));
    expect(await refusal(rows, ragged, SHAPE, { loss: 'mse' })).toContain(
      'y[9]: expected 2 values',
    );
    const outputs = {
      targets: 'classes' as const,
      outputs: 1,
      evaluate: () => ({ loss: 0, gradient: [] }),
    };
    expect(await refusal(rows, y, INVALID, { loss: outputs })).toBe(
      'loss.outputs: expected at least 2, one a class, received 1',
    );
  });
});
