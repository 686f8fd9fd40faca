import { describe, expect, it } from 'vitest';
import { oneStandardError } from '../../src/clustering/criteria/gap.js';
import { Random } from '../../src/common/random.js';
import { KMeans, selection } from '../../src/index.js';
import { rejection } from '../options/refusals.js';

/** `size` rows about each centre. */
function blobs(centres: readonly number[][], size: number, seed: number): number[][] {
  const random = new Random(seed);
  return centres.flatMap((centre) =>
    Array.from({ length: size }, () => centre.map((x) => x + random.normal())),
  );
}
const three = blobs(
  [
    [0, 0],
    [12, 0],
    [0, 12],
  ],
  40,
  1,
);
const truth = three.map((_, i) => Math.floor(i / 40));

describe('gapStatistic', () => {
  it('finds three clusters, and one where there are none', async () => {
    expect((await selection.gapStatistic(three, { max: 6 })).clusters).toBe(3);
    const random = new Random(3);
    const uniform = Array.from({ length: 200 }, () => [random.uniform(), random.uniform()]);
    expect((await selection.gapStatistic(uniform, { max: 6 })).clusters).toBe(1);
  });

  it('tells log W, the gap and its error for each K', async () => {
    const { scores } = await selection.gapStatistic(three, { min: 2, max: 4, references: 5 });
    expect(scores.map(({ clusters }) => clusters)).toEqual([2, 3, 4]);
    for (const { clusters, gap, error, logInertia } of scores) {
      const { inertia } = new KMeans({ clusters }).fit(three);
      expect(logInertia).toBeCloseTo(Math.log(inertia), 6);
      expect(Number.isFinite(gap)).toBe(true);
      expect(error).toBeGreaterThan(0);
    }
  });

  it('expects of a uniform square what the theory of one cluster says', async () => {
    // For K = 1, W* is the sum of squares about the mean: n (a^2 + b^2) / 12 on the box a x b.
    const square = [...Array(400).keys()].map((i) => [(i % 20) / 19, Math.floor(i / 20) / 19]);
    const { scores } = await selection.gapStatistic(square, { max: 1, references: 200 });
    const { gap, logInertia } = scores[0]!;
    expect(gap + logInertia).toBeCloseTo(Math.log(400 / 6), 1);
  });

  it('takes the smallest K within one standard error of the next', () => {
    const score = (clusters: number, gap: number, error: number) => ({ clusters, gap, error });
    expect(oneStandardError([score(1, 0.1, 0.1), score(2, 0.5, 0.1), score(3, 0.55, 0.1)])).toBe(2);
    expect(oneStandardError([score(1, 0.5, 0), score(2, 0.7, 0.3)])).toBe(1);
    expect(oneStandardError([score(4, 0.1, 0), score(5, 0.2, 0), score(6, 0.3, 0)])).toBe(6);
  });

  it('gives equal numbers for equal seeds, on any number of threads', async () => {
    const one = await selection.gapStatistic(three, { max: 4, seed: 5, threads: 1 });
    expect(await selection.gapStatistic(three, { max: 4, seed: 5, threads: 3 })).toEqual(one);
    expect(await selection.gapStatistic(three, { max: 4, seed: 6 })).not.toEqual(one);
  });
});

describe('consensus', () => {
  it('is that of the truth where clusters are plain', async () => {
    const { matrix, ambiguity } = await selection.consensus(three, 3);
    expect(ambiguity).toBe(0);
    for (let i = 0; i < 120; i += 7) {
      for (let j = 0; j < 120; j += 5) {
        expect(matrix.get(i, j)).toBe(truth[i] === truth[j] ? 1 : 0);
      }
    }
  });

  it('is symmetric, with ones on its diagonal, and ambiguous where K is not right', async () => {
    const { matrix, ambiguity } = await selection.consensus(three, 5);
    expect(ambiguity).toBeGreaterThan(0.02);
    let between = 0;
    for (let i = 0; i < 120; i++) {
      expect(matrix.get(i, i)).toBe(1);
      for (let j = 0; j < i; j++) {
        const share = matrix.get(i, j);
        expect(share).toBe(matrix.get(j, i));
        expect(share >= 0 && share <= 1).toBe(true);
        if (share > 0.1 && share < 0.9) between++;
      }
    }
    // float32 shares beside the float64 ones that the ambiguity counts.
    expect(Math.abs(between / ((120 * 119) / 2) - ambiguity)).toBeLessThan(0.002);
  });

  it('counts resamples: with one of half the rows, pairs were together or not at all', async () => {
    const { matrix } = await selection.consensus(three, 3, { resamples: 1, fraction: 0.5 });
    const chosen = truth.map((_, i) => matrix.row(i).some((share, j) => j !== i && share === 1));
    expect(chosen.filter(Boolean).length).toBe(60);
    expect(new Set(matrix.data)).toEqual(new Set([0, 1]));
  });

  it('gives equal numbers for equal seeds, on any number of threads', async () => {
    const one = await selection.consensus(three, 4, { seed: 2, threads: 1, resamples: 9 });
    expect(await selection.consensus(three, 4, { seed: 2, threads: 3, resamples: 9 })).toEqual(one);
  });
});

describe('what they refuse', () => {
  it.each([
    [() => selection.gapStatistic(three, { min: 0 }), 'ERR_INVALID_ARGUMENT'],
    [() => selection.gapStatistic(three, { min: 3, max: 2 }), 'ERR_INVALID_ARGUMENT'],
    [() => selection.gapStatistic(three, { max: 121 }), 'ERR_INVALID_ARGUMENT'],
    [() => selection.gapStatistic([[1]]), 'ERR_INVALID_ARGUMENT'],
    [() => selection.gapStatistic([[1], [Number.NaN]]), 'ERR_NON_FINITE_INPUT'],
    [() => selection.gapStatistic(three, { signal: AbortSignal.abort('no') }), 'ERR_ABORTED'],
    [() => selection.consensus(three, 0), 'ERR_INVALID_ARGUMENT'],
    [() => selection.consensus(three, 3, { fraction: 0 }), 'ERR_INVALID_ARGUMENT'],
    [() => selection.consensus(three, 3, { resamples: 0 }), 'ERR_INVALID_ARGUMENT'],
    [() => selection.consensus(three, 3, { signal: AbortSignal.abort('no') }), 'ERR_ABORTED'],
  ] as const)('%s', async (call, code) => {
    await rejection(call(), code);
  });

  it('an abort in between ends the work', async () => {
    const controller = new AbortController();
    const running = selection.consensus(three, 3, { resamples: 1e6, signal: controller.signal });
    setTimeout(() => controller.abort(), 20);
    await rejection(running, 'ERR_ABORTED');
  });
});
