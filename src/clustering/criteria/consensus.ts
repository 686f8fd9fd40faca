import { Random } from '../../common/random.js';
import { runSliced } from '../../common/time-slices.js';
import { Matrix } from '../../data/matrix.js';
import { newFloat32, requireMemory } from '../../native/memory.js';
import { rowsOf, sampleRows } from '../sample.js';
import type { Study } from '../study.js';
import { byGreatest, type Consensus, type Criterion, withFirst } from './criterion.js';

export interface ConsensusPlan {
  readonly resamples: number;
  /** Share of the rows in each resample. */
  readonly fraction: number;
}

const AMBIGUOUS = [0.1, 0.9] as const;

/** Rows sampled from larger tables, and the resampling plan. */
const ROWS = 500;
export const PLAN: ConsensusPlan = { resamples: 50, fraction: 0.8 };

/** K whose ambiguities differ by at most this are equally stable. */
const TIE = 0.01;

/** Stability of consensus clustering: the largest of the most stable K first, then by ambiguity. */
export const consensus: Criterion = {
  tasks: PLAN.resamples,
  async evaluate({ study, table, scores, consensus }) {
    const sample = await runSliced(sampleRows(table, ROWS, study.seed));
    for (const score of scores) {
      const k = Math.min(score.clusters, sample.table.rows - 1);
      const found = await consensusOf(study, sample.table, k, PLAN);
      score.ambiguity = found.ambiguity;
      consensus.set(score.clusters, { ...found, rows: sample.rows });
    }
  },
  rank(scores) {
    const least = Math.min(...scores.map(({ ambiguity = 1 }) => ambiguity));
    const stable = scores.filter(({ ambiguity = 1 }) => ambiguity <= least + TIE);
    const largest = Math.max(...stable.map(({ clusters }) => clusters));
    return withFirst(byGreatest(({ ambiguity = 1 }) => -ambiguity)(scores), largest);
  },
};

/** Clusters resamples of the rows (Monti et al. 2003), drawn without replacement. */
export async function consensusOf(
  study: Study,
  table: Matrix,
  k: number,
  { resamples, fraction }: ConsensusPlan,
): Promise<Consensus> {
  const { rows } = table;
  const size = Math.max(k, Math.round(fraction * rows));
  const [together, both] = [square(rows), square(rows)];
  const tasks = Array.from({ length: resamples }, (_, b) => b);
  await study.each(tasks, async (b) => {
    const chosen = new Random(study.seed, b + 1).permutation(rows).subarray(0, size).sort();
    const { labels } = await study.cluster(rowsOf(table, chosen), k, b + 1);
    chosen.forEach((i, a) => {
      for (let c = 0; c <= a; c++) {
        const at = i * rows + chosen[c]!;
        both[at]! += 1;
        if (labels[a] === labels[c]) together[at]! += 1;
      }
    });
  });
  return {
    matrix: new Matrix(shares(together, both, rows), rows, rows),
    ambiguity: ambiguity(together, both, rows),
  };
}

function square(rows: number): Float32Array {
  requireMemory(3 * 4 * rows * rows, `${rows} x ${rows} pairs`); // there are three of them
  return newFloat32(rows * rows, `${rows} x ${rows} pairs`);
}

/** The symmetric matrix of quotients of the lower triangles, with a diagonal of ones. */
function shares(together: Float32Array, both: Float32Array, rows: number): Float32Array {
  const share = square(rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j <= i; j++) {
      const at = i * rows + j;
      const value = i === j ? 1 : both[at]! > 0 ? together[at]! / both[at]! : 0;
      share[at] = value;
      share[j * rows + i] = value;
    }
  }
  return share;
}

function ambiguity(together: Float32Array, both: Float32Array, rows: number): number {
  let pairs = 0;
  let ambiguous = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < i; j++) {
      const at = i * rows + j;
      if (both[at] === 0) continue;
      const share = together[at]! / both[at]!;
      pairs++;
      if (share > AMBIGUOUS[0] && share < AMBIGUOUS[1]) ambiguous++;
    }
  }
  return pairs === 0 ? 0 : ambiguous / pairs;
}
