import { datasets, lassoPath } from '../src/index.js';
import { RawFiles } from './files.js';
import type { Contender, Outcome, Running, Workload } from './harness.js';
import { Peer } from './peer.js';

interface Size {
  readonly rows: number;
  readonly columns: number;
  readonly kind: 'normal' | 'genotypes';
  /** Of the duality gap, relative to |y|^2 / N. */
  readonly tolerance: number;
  /** Paths in one run, so that a run is long enough to time. */
  readonly repeats: number;
  readonly rounds: number;
}

type Shape = readonly [rows: number, columns: number, kind: Size['kind'], repeats: number];

const SHAPES: readonly Shape[] = [
  [100, 10_000, 'normal', 1],
  [500, 5000, 'normal', 1],
  [50, 1000, 'genotypes', 1],
  [1000, 100, 'normal', 10],
  [10_000, 50, 'normal', 10],
  [442, 10, 'normal', 20],
];
/** scikit-learn's default, and one that tells coefficients apart. */
const TOLERANCES = [1e-4, 1e-6];
const PATH = { steps: 100, ratio: 1e-3 };
const PEERS = ['scikit-learn', 'celer', 'skglm'];

/** Paths of 100 alphas from the largest to a thousandth of it, to the same duality gap. */
export function lassoWorkloads(): Workload[] {
  return TOLERANCES.flatMap((tolerance) =>
    SHAPES.map(([rows, columns, kind, repeats]) => {
      // The peers take half a minute there.
      const rounds = tolerance < 1e-4 && rows * columns > 1e6 ? 1 : 7;
      return workload({ rows, columns, kind, repeats, tolerance, rounds });
    }),
  );
}

function workload(size: Size): Workload {
  const { rows, columns, kind, tolerance, rounds } = size;
  const { data, y } = tableOf(size);
  return {
    name: `lasso path ${rows} x ${columns}${kind === 'normal' ? '' : ' genotypes'}, gap ${tolerance}`,
    description:
      `${PATH.steps} alphas down to ${PATH.ratio} of the largest, in float64, each to a duality gap of at most ` +
      `${tolerance} |y|^2 / N (skglm: its own criterion); all cores, centring within the time.`,
    contenders: [ours(data, y, size), ...PEERS.map((library) => inPython(library, data, y, size))],
    rounds,
    ...(rounds === 1 && { warmUp: false }),
    check: (facts) =>
      [...facts]
        .filter(([name, { gap = NaN }]) => name !== 'skglm' && !(gap <= tolerance * (1 + 1e-6)))
        .map(([name, { gap }]) => `${name} ended at a gap of ${gap}, above ${tolerance}`),
  };
}

/** Ten columns matter. */
function tableOf({ rows, columns, kind }: Size) {
  const { X, y } = datasets.makeRegression({
    samples: rows,
    features: columns,
    informative: 10,
    coefficientScale: 1,
    noise: 1,
    seed: 0,
  });
  if (kind === 'normal') return { data: Float64Array.from(X.data), y: Float64Array.from(y) };
  // Alleles: how many of two cuts a value passes.
  const data = Float64Array.from(X.data, (x) => Number(x > -0.43) + Number(x > 0.43));
  return { data, y: Float64Array.from(y) };
}

function ours(data: Float64Array, y: Float64Array, size: Size): Contender {
  const { rows, columns, tolerance, repeats } = size;
  const scale = squaresOf(y);
  const run = async (): Promise<Outcome> => {
    const began = performance.now();
    let path = lassoPath({ data, rows, columns }, y, { ...PATH, tolerance });
    for (let i = 1; i < repeats; i++) {
      path = lassoPath({ data, rows, columns }, y, { ...PATH, tolerance });
    }
    const seconds = (performance.now() - began) / 1000 / repeats;
    const gap = Math.max(...path.map(({ dualityGap }) => dualityGap)) / scale;
    const used = path.at(-1)!.coefficients.filter((w) => w !== 0).length;
    return { seconds, facts: { gap, 'in use': used } };
  };
  return { name: 'deeptype', open: async () => ({ run, close: () => {} }) };
}

/** |y|^2 / N, y less its mean. */
function squaresOf(y: Float64Array): number {
  const mean = y.reduce((sum, v) => sum + v, 0) / y.length;
  return y.reduce((sum, v) => sum + (v - mean) ** 2, 0) / y.length;
}

function inPython(library: string, data: Float64Array, y: Float64Array, size: Size): Contender {
  const open = async (): Promise<Running> => {
    const peer = await Peer.start('lasso_path.py', 2, { LASSO: library });
    const files = new RawFiles();
    const request = { ...size, ...PATH, x: files.write('x', data), y: files.write('y', y) };
    return {
      versions: peer.versions,
      run: () => peer.request(request),
      close: () => {
        peer.close();
        files.remove();
      },
    };
  };
  return { name: library, open };
}
