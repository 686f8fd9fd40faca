import { describe, expect, it } from 'vitest';
import { alphaMax, ElasticNet, Lasso, lassoPath, Ridge } from '../../src/index.js';
import { readFixture } from './read-fixture.js';

/** Written by linear.py. */
interface Study {
  name: string;
  X: number[][];
  y: number[];
  /** Two targets a row. */
  outputs: number[][];
  cases: {
    model: 'Lasso' | 'ElasticNet' | 'Ridge';
    options: { alpha: number; fitIntercept: boolean; l1Ratio?: number };
    isWide?: boolean;
    coefficients: number[];
    intercept: number[];
    r2: number;
  }[];
  paths: {
    l1Ratio: number;
    steps: number;
    ratio: number;
    alphas: number[];
    coefficients: number[][];
  }[];
}

const { scikitLearn, studies } = readFixture<{ scikitLearn: string; studies: Study[] }>(
  'linear.json',
);

/** Errors relative to the largest value, or absolute where that is below 1. */
function expectNear(ours: ArrayLike<number>, theirs: readonly number[], tolerance = 1e-6): void {
  expect(ours.length).toBe(theirs.length);
  const scale = Math.max(1, ...theirs.map(Math.abs));
  const worst = Math.max(...theirs.map((x, j) => Math.abs(x - ours[j]!)));
  expect(worst / scale).toBeLessThan(tolerance);
}

describe.each(studies)(`$name, against scikit-learn ${scikitLearn}`, ({ X, y, ...study }) => {
  it.each(['Lasso', 'ElasticNet'] as const)('%s', (name) => {
    const cases = study.cases.filter(({ model }) => model === name);
    expect(cases.length).toBeGreaterThan(0);
    for (const { options, coefficients, intercept, r2 } of cases) {
      const model = new { Lasso, ElasticNet }[name](options).fit(X, y);
      expect(model.converged).toBe(true);
      expectNear(model.coefficients, coefficients);
      expectNear([model.intercept], intercept);
      expectNear([model.score(X, y)], [r2], 1e-8);
    }
  });

  it('Ridge, of one and of two targets', () => {
    const cases = study.cases.filter(({ model }) => model === 'Ridge');
    expect(cases.length).toBe(16);
    for (const { options, isWide, coefficients, intercept, r2 } of cases) {
      const target = isWide ? study.outputs : y;
      const model = new Ridge(options).fit(X, target);
      expectNear(model.coefficients, coefficients, 1e-8);
      // scikit-learn has one 0 for all where there is none.
      const all = options.fitIntercept ? intercept : [...model.intercepts].fill(0);
      expectNear(model.intercepts, all, 1e-8);
      expectNear([model.score(X, target)], [r2], 1e-8);
    }
  });

  it.each(study.paths)('the path at l1Ratio $l1Ratio', (theirs) => {
    const { l1Ratio, steps, ratio } = theirs;
    const path = lassoPath(X, y, { l1Ratio, steps, ratio });
    expectNear(
      path.map(({ alpha }) => alpha),
      theirs.alphas,
      1e-9,
    );
    path.forEach(({ coefficients }, s) => {
      expectNear(coefficients, theirs.coefficients[s]!);
    });
    expect(alphaMax(X, y, { l1Ratio })).toBe(path[0]!.alpha);
  });
});
