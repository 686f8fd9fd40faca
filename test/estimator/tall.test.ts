// Tables of many rows and few columns: what there is one of a row takes several turns of the event loop.
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/common/random.js';
import { runSliced, runSync, SLICE_ROWS, type Sliced } from '../../src/common/time-slices.js';
import { slicedLabel } from '../../src/data/labels.js';
import { orderByTime } from '../../src/data/observations.js';
import { slicedWeight } from '../../src/data/sample-weights.js';
import { KMeans } from '../../src/index.js';
import { resolveLoss } from '../../src/options/losses.js';
import { VALIDATION } from '../../src/options/validation.js';
import { acceptTable, slicedPoint } from '../../src/preprocessing/large-tables.js';
import { slicedTarget } from '../../src/training/targets.js';
import { slicedHeldOut } from '../../src/training/validation.js';

const ROWS = 2 * SLICE_ROWS + 7; // three slices
const random = new Random(3);
const draws = Float64Array.from({ length: ROWS }, () => random.uniform());
const codes = Int32Array.from(draws, (u) => Math.floor(3 * u) - 1);

/** How often the steps may be left, and what comes of them. */
function taken<T>(steps: Sliced<T>): { turns: number; value: T } {
  for (let turns = 1; ; turns++) {
    const step = steps.next();
    if (step.done) return { turns, value: step.value };
  }
}

/** Of arrays too long for `toEqual`. */
const expectSame = (a: unknown, b: unknown) => expect(isDeepStrictEqual(a, b)).toBe(true);

const loss = (name: string) => resolveLoss(name as never);
const times = { time: draws, event: Uint8Array.from(draws, (u) => Number(u < 0.5)) };

describe('a turn each 2^18 rows', () => {
  const passes: Record<string, [least: number, steps: () => Sliced<unknown>]> = {
    'typed labels': [5, () => slicedLabel(codes, 'y')],
    'labels in an array': [7, () => slicedLabel(Array.from(codes), 'y')],
    strings: [7, () => slicedLabel(Array.from(codes, String), 'y')],
    'weights of rows': [11, () => slicedWeight({ sampleWeight: draws }, ROWS, undefined)],
    'targets of cross-entropy': [5, () => slicedTarget(codes, ROWS, loss('cross-entropy'), {})],
    'targets of bce': [5, () => slicedTarget(codes.map(Math.abs), ROWS, loss('bce'), {})],
    'targets of mse': [3, () => slicedTarget(draws, ROWS, loss('mse'), {})],
    'targets of cox': [40, () => slicedTarget(times, ROWS, loss('cox'), {})],
    'the draw of the rows held out': [
      11,
      () => {
        const targets = runSync(slicedTarget(codes, ROWS, loss('cross-entropy'), {}));
        const options = { seed: 1, loss: loss('cross-entropy') };
        return slicedHeldOut(VALIDATION('validation', { fraction: 0.3 }), targets, ROWS, options);
      },
    ],
  };
  it.each(Object.entries(passes))('is taken for %s, with the same result', (_, [least, steps]) => {
    const { turns, value } = taken(steps());
    expect(turns).toBeGreaterThanOrEqual(least);
    expectSame(value, runSync(steps()));
  });

  it('is none for 2^18 rows, which may be changed at once', () => {
    const few = codes.subarray(0, SLICE_ROWS);
    expect(taken(slicedLabel(few, 'y')).turns).toBe(1);
    const table = { data: new Float32Array(few), rows: SLICE_ROWS, columns: 1 };
    expect(runSliced(acceptTable(table, 'X'))).not.toBeInstanceOf(Promise);
  });

  it('is taken for the table too, which is copied first', async () => {
    const data = Float32Array.from(draws);
    const taking = runSliced(acceptTable({ data, rows: ROWS, columns: 1 }, 'X'));
    expect(taking).toBeInstanceOf(Promise);
    const raw = await taking;
    expect(raw.data.buffer).toBeInstanceOf(SharedArrayBuffer);
    expectSame(Float32Array.from(raw.data), data);
    const points = await runSliced(slicedPoint({ data: draws, rows: ROWS, columns: 1 }, 'X'));
    expectSame(Float64Array.from(points.data), draws);
  });
});

it('rows are put in the order of their times, those of one time in their own', () => {
  for (const values of [draws.subarray(0, 1000), draws.map((u) => Math.floor(9 * u)), [3, 3, 1]]) {
    const time = Float64Array.from(values);
    const order = Int32Array.from(time.keys()).sort((a, b) => time[a]! - time[b]! || a - b);
    expectSame(runSync(orderByTime(time)), order);
  }
});

it('K-means of a tall table is that of the synchronous call', async () => {
  const options = { clusters: 3, nInit: 1, maxIterations: 5 };
  for (const data of [Float32Array.from(draws), draws]) {
    const X = { data, rows: ROWS, columns: 1 };
    const [here, there] = [new KMeans(options).fit(X), await new KMeans(options).fitAsync(X)];
    expectSame(there.labels, here.labels);
    expectSame(there.centroids.data, here.centroids.data);
  }
  const beyond = { data: draws.map((u) => (u > 0.99999 ? 1e300 : u)), rows: ROWS, columns: 1 };
  await expect(new KMeans(options).fitAsync(beyond)).rejects.toMatchObject({
    code: 'ERR_NON_FINITE_INPUT',
  });
});
