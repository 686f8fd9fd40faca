import { invalidArgument } from '../common/errors.js';
import { type Name, namesOf } from '../common/name.js';
import * as option from '../common/option.js';

/** What a penalty asks of the rest. */
interface PenaltyTraits {
  /** Shrinks weights and empties nothing: it gives no zeros. */
  readonly isSmooth?: true;
  /** The network must have a linear skip connection from the inputs to the outputs. */
  readonly needsSkip?: true;
  /** It bounds the weights itself: only the proximal solver knows how, and no constraint goes with it. */
  readonly isBounded?: true;
}

/**
 * One entry a penalty on the first layer's weights, summed over inputs; w are the outgoing weights of
 * one input. The formulas and proximal operators are in native/core/terms/penalties.
 */
export const PENALTIES = {
  /** |w|_2, the L2,1 norm of Chen et al. 2020, eq. 2. */
  'group-lasso': {},
  /** |w|_1. */
  l1: {},
  /** |w|_2^2 / 2 (ridge). */
  l2: { isSmooth: true },
  /** l1Ratio |w|_1 + (1 - l1Ratio)/2 |w|_2^2. */
  'elastic-net': {},
  /** max_r |w_r|, the group L-infinity norm; makes the largest weights of the inputs that it keeps equal. */
  'l-infinity': {},
  /**
   * |theta|_2 with every |w_r| <= M |theta|_2 (LassoNet, Lemhadri et al. 2021, JMLR 22(127)); theta are the
   * input's weights in the skip connection. Its prox is exact; the condition is not convex, so that a KKT
   * residual near 0 certifies a stationary point of first order.
   */
  hierarchical: { needsSkip: true, isBounded: true },
} as const satisfies Readonly<Record<string, PenaltyTraits>>;

export type PenaltyName = keyof typeof PENALTIES;

export function traitsOf(penalty: PenaltyName): PenaltyTraits {
  return PENALTIES[penalty];
}

const NORMS = ['l-infinity', 'l2', 'l1'] as const;
const AXES = ['weight', 'input', 'unit'] as const;

/** A hard bound on the first layer's weights. */
export interface ConstraintOptions {
  /** Which norm is bounded. 'l-infinity' bounds every weight by itself, along any axis. */
  norm: Name<(typeof NORMS)[number]>;
  /** The largest value the norm may have; greater than 0. */
  radius: number;
  /**
   * What has the norm: each single 'weight', the outgoing weights of each 'input' (default), or the
   * incoming weights of each hidden 'unit' (what Keras calls max-norm, for 'l2').
   */
  axis?: Name<(typeof AXES)[number]>;
}

export interface SparsityOptions {
  /** Default 'group-lasso'. */
  penalty?: Name<PenaltyName>;
  /** alpha itself. */
  weight?: number;
  /**
   * alpha as a fraction of alpha_max, the smallest weight at which an empty first layer is stationary
   * with the later layers as dense pretraining left them: the largest dual norm of an input's gradient
   * g_j at W_1 = 0, that is max_j |g_j|_2 for the group lasso, max_j |g_j|_inf for `l1` (divided by
   * l1Ratio for `elastic-net`), max_j |g_j|_1 for `l-infinity`,
   * and |g_theta|_2 + M |g_w|_1 for `hierarchical`. Default 0.1. For `l2`, which empties
   * nothing, it measures by max_j |g_j|_2.
   */
  relativeWeight?: number;
  /** 'proximal' (default) gives exact zeros; 'subgradient' is for parity with torch-deeptype. */
  solver?: Name<'proximal' | 'subgradient'>;
  /** How much larger than |theta|_2 a weight may be under `hierarchical`; greater than 0, default 10. */
  M?: number;
  /**
   * Not with `hierarchical`. Bounds the first layer's weights by projection after each step, in every phase, and exactly so: the
   * norm, summed in float64, is at most `radius` whenever training hands the weights back. Settling
   * minimises within the bound; the KKT residual is then |w_j - x_j| / eta for X = prox(W - eta G), the
   * operator of penalty and bound together: 0 just where W is stationary.
   */
  constraint?: ConstraintOptions;
  /** Share of the L1 part of `elastic-net`, in (0, 1]; default 0.5. */
  l1Ratio?: number;
}

const CONSTRAINT = option.group({
  norm: { check: option.oneOf(NORMS) },
  radius: { check: option.number({ exclusiveMin: 0 }) },
  axis: { check: option.oneOf(AXES), default: 'input' },
});

const NOT_NEGATIVE = option.number({ min: 0 });
const DEFAULT_RELATIVE_WEIGHT = 0.1;

export const SPARSITY = option.group(
  {
    penalty: { check: option.oneOf(namesOf(PENALTIES)), default: 'group-lasso', native: true },
    weight: { check: NOT_NEGATIVE, absent: 'by `relativeWeight`' },
    relativeWeight: {
      check: NOT_NEGATIVE,
      absent: `${DEFAULT_RELATIVE_WEIGHT}, without \`weight\``,
    },
    solver: { check: option.oneOf(['proximal', 'subgradient']), default: 'proximal' },
    M: { check: option.number({ exclusiveMin: 0 }), default: 10, native: true },
    constraint: { check: CONSTRAINT, absent: 'none', native: true },
    l1Ratio: { check: option.number({ exclusiveMin: 0, max: 1 }), default: 0.5, native: true },
  },
  ({ weight, relativeWeight, ...o }, name) => {
    if (weight !== undefined && relativeWeight !== undefined) {
      throw invalidArgument(name, 'weight or relativeWeight, not both', relativeWeight);
    }
    if (traitsOf(o.penalty).isBounded) checkBounded(o, name);
    return { ...o, weight, relativeWeight: relativeWeight ?? DEFAULT_RELATIVE_WEIGHT };
  },
);

export type ResolvedSparsity = ReturnType<typeof SPARSITY>;

/** A penalty that bounds the weights itself. */
function checkBounded(
  o: { readonly penalty: string; readonly solver: string; readonly constraint: unknown },
  name: string,
): void {
  if (o.solver === 'subgradient') {
    throw invalidArgument(`${name}.solver`, `'proximal' for the ${o.penalty} penalty`, o.solver);
  }
  if (o.constraint !== undefined) {
    const expected = `no constraint with the ${o.penalty} penalty, which bounds the weights itself`;
    throw invalidArgument(`${name}.constraint`, expected, o.constraint);
  }
}
