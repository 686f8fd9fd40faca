import { describe, expect, it } from 'vitest';
import { ElasticNet } from '../../src/index.js';
import { readFixture } from './read-fixture.js';

/** Written by elastic_net_exact.py, which proves each minimum with 60 digits. */
interface Case {
  rows: number;
  columns: number;
  kind: 'grid' | 'genotypes' | 'unlike';
  l1Ratio: number;
  share: number;
  alpha: number;
  /** By column; the others are 0. */
  coefficients: Record<string, number>;
}

const cases = readFixture<Case[]>('elastic-net-exact.json');
const nameOf = ({ rows, columns, kind }: Case) => `${rows} x ${columns} ${kind}`;
const studies = [...new Set(cases.map(nameOf))].map(
  (name) => [name, cases.filter((c) => nameOf(c) === name)] as const,
);

/** As `table` there. */
function tableOf({ rows, columns, kind }: Case) {
  let state = rows * 10007 + columns;
  const bits = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 8;
  };
  const grid = () => ((bits() >> 14) - 512) / 64;
  const value = (j: number) => {
    if (kind === 'genotypes') return Math.floor((bits() * 3) / 2 ** 24);
    return grid() * (kind === 'unlike' ? 2 ** (((7 * j) % 53) - 26) : 1);
  };
  const X = Array.from({ length: rows }, () => Array.from({ length: columns }, (_, j) => value(j)));
  const y = X.map((row) => row[0]! - row[1]! + row.at(-1)! / 2 + ((bits() >> 14) - 512) / 256);
  return { X, y };
}

/** In the units of y: error of a coefficient times the size of its column, over |y|. */
function worstError({ coefficients }: Case, w: Float64Array, X: number[][], y: number[]): number {
  return w.reduce((most, c, j) => {
    const size = Math.hypot(...X.map((row) => row[j]!));
    return Math.max(most, (Math.abs(c - (coefficients[j] ?? 0)) * size) / Math.hypot(...y));
  }, 0);
}

describe.each(studies)('%s, against minima proved with 60 digits', (_, study) => {
  const { X, y } = tableOf(study[0]!);

  it.each(study)('alpha $share of alphaMax, l1Ratio $l1Ratio', (known) => {
    const { alpha, l1Ratio, coefficients } = known;
    const model = new ElasticNet({ alpha, l1Ratio }).fit(X, y);
    expect(model.converged).toBe(true);
    expect(worstError(known, model.coefficients, X, y)).toBeLessThan(1e-9);
    const used = [...model.coefficients.keys()].filter((j) => model.coefficients[j] !== 0);
    expect(used).toEqual(Object.keys(coefficients).map(Number));
  });
});

// 2^20 would swallow the small ones among unlike columns.
const movable = studies.filter(([, [first]]) => first!.kind !== 'unlike');

describe.each(movable)('%s, 2^20 from zero', (_, study) => {
  it('has the same minimum', () => {
    const { X, y } = tableOf(study[0]!);
    const far = study.find(({ share }) => share === 1e-3)!;
    const moved = X.map((row) => row.map((v) => v + 2 ** 20));
    const { alpha, l1Ratio } = far;
    const options = { alpha, l1Ratio };
    const model = new ElasticNet(options).fit(
      moved,
      y.map((v) => v + 2 ** 20),
    );
    expect(model.converged).toBe(true);
    expect(worstError(far, model.coefficients, X, y)).toBeLessThan(1e-8);
  });
});
