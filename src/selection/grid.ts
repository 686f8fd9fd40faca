import { object } from '../common/checks.js';
import { invalidArgument } from '../common/errors.js';
import { type DeepTypeOptions, resolveEstimator } from '../options/options.js';

/**
 * The values to try: of alpha (`sparsity.weight`) or `relativeWeight` (`sparsity.relativeWeight`), of beta
 * (`distance.weight`), and of any option of the estimator by its own name (`hidden: [[64, 32], [32]]`).
 * All combinations are tried.
 */
export type Grid = {
  readonly [K in keyof DeepTypeOptions]?: readonly NonNullable<DeepTypeOptions[K]>[];
} & {
  readonly alpha?: readonly number[];
  readonly relativeWeight?: readonly number[];
  readonly beta?: readonly number[];
};

/** One value for each name of a grid. */
export type Parameters = {
  readonly [K in keyof Grid]?: NonNullable<Grid[K]> extends readonly (infer V)[] ? V : never;
};

/** One combination, and the estimator's options with it. */
export interface Candidate {
  readonly parameters: Parameters;
  readonly options: DeepTypeOptions;
}

/** The names whose values have an order: more of either means a simpler model. */
const WEIGHTS = ['alpha', 'relativeWeight', 'beta'] as const;

/** All combinations, the last name of the grid varying fastest; each checked as an estimator's options. */
export function candidates(options: unknown, grid: unknown): Candidate[] {
  const base = object('options', options) as unknown as DeepTypeOptions;
  const axes = Object.entries(object('grid', grid)).filter(([, values]) => values !== undefined);
  if (axes.length === 0) throw invalidArgument('grid', 'values of at least one option', grid);
  let combinations: Parameters[] = [{}];
  for (const [name, values] of axes) {
    if (!Array.isArray(values) || values.length === 0) {
      throw invalidArgument(`grid.${name}`, 'an array of at least one value', values);
    }
    const list: unknown[] = Array.from(values);
    combinations = combinations.flatMap((one) => list.map((value) => ({ ...one, [name]: value })));
  }
  const [first] = combinations;
  if (first?.alpha !== undefined && first.relativeWeight !== undefined) {
    throw invalidArgument('grid', 'alpha or relativeWeight, not both', 'both');
  }
  return combinations.map((parameters) => {
    for (const name of WEIGHTS) checkWeight(name, parameters);
    const candidate = { parameters, options: withParameters(base, parameters) };
    resolveEstimator(candidate.options);
    return candidate;
  });
}

function checkWeight(name: (typeof WEIGHTS)[number], parameters: Parameters): void {
  const value: unknown = parameters[name];
  if (value === undefined || (typeof value === 'number' && value >= 0 && value < Infinity)) return;
  throw invalidArgument(`grid.${name}`, 'finite numbers of at least 0', value);
}

function withParameters(base: DeepTypeOptions, parameters: Parameters): DeepTypeOptions {
  const { alpha, relativeWeight, beta, ...named } = parameters;
  const options: DeepTypeOptions = { ...base, ...(named as Partial<DeepTypeOptions>) };
  if (alpha !== undefined || relativeWeight !== undefined) {
    const { weight: _, relativeWeight: __, ...kept } = options.sparsity ?? {};
    const chosen = alpha !== undefined ? { weight: alpha } : { relativeWeight: relativeWeight! };
    options.sparsity = { ...kept, ...chosen };
  }
  if (beta !== undefined) options.distance = { ...options.distance, weight: beta };
  return options;
}
