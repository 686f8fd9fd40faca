import { CRITERIA, CRITERION_NAMES } from '../../src/clustering/criteria/registry.js';
import { type ClusterScores, datasets, Matrix, metrics, selection } from '../../src/index.js';
import { note, type Section, type Settings } from './section.js';

const TRUTH = 4;
const SEPARATED = 0.5;
const SHARE = 0.9;

interface Draw extends Readonly<Record<string, unknown>> {
  readonly seed: number;
  /** Mean silhouette of the true clusters in the informative columns. */
  readonly truth: number;
  readonly found: number;
  readonly scores: readonly ClusterScores[];
  readonly candidates: readonly { clusters: number; silhouette: number }[];
}

/** `clusters: 'auto'` on draws whose centres are separated, and what each criterion says by itself. */
export async function clusters({ draws, options }: Settings): Promise<Section> {
  const records: Draw[] = [];
  let seed = 0;
  for (; records.length < draws; seed++) {
    const { X, y, informative } = datasets.makeClusters({ seed });
    const truth = metrics.silhouetteScore(columns(X, informative), y);
    if (truth <= SEPARATED) continue;
    note(`clusters: draw ${records.length + 1} of ${draws}`);
    const chosen = await selection.chooseClusters(X, y, { seed, ...options });
    const { clusters: found, scores, candidates } = chosen;
    records.push({ seed, truth, found, scores, candidates });
  }
  const favourites = CRITERION_NAMES.map((name) => {
    const ranked = records.map(({ scores }) => CRITERIA[name].rank(scores)[0]!.clusters);
    return [`${name}, of the pretrained representation`, counts(ranked), '-', '-'];
  });
  const found = records.map((record) => record.found);
  const right = found.filter((k) => k === TRUTH).length;
  return {
    title: `Number of clusters: 1000 x 20, 5 informative, ${TRUTH} clusters, ${draws} separated draws`,
    header: ['K found', 'draws', 'wanted', 'met'],
    rows: [
      [
        "clusters: 'auto'",
        counts(found),
        `${TRUTH} in >= ${Math.ceil(SHARE * draws)}`,
        right >= SHARE * draws ? 'yes' : '**no**',
      ],
      ...favourites,
    ],
    notes: [
      `Of draws 0 to ${seed - 1}, ${seed - draws} left out: silhouette of the truth in the informative columns at most ${SEPARATED}.`,
    ],
    records,
  };
}

function columns(X: Matrix, chosen: Int32Array): Matrix {
  const data = new Float32Array(X.rows * chosen.length);
  for (let i = 0; i < X.rows; i++) {
    chosen.forEach((j, k) => {
      data[i * chosen.length + k] = X.get(i, j);
    });
  }
  return new Matrix(data, X.rows, chosen.length);
}

/** "3 in 2, 4 in 98" */
function counts(found: readonly number[]): string {
  const times = new Map<number, number>();
  for (const k of found) times.set(k, (times.get(k) ?? 0) + 1);
  const sorted = [...times].sort(([a], [b]) => a - b);
  return sorted.map(([k, n]) => `${k} in ${n}`).join(', ');
}
