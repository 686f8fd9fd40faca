import type { Matrix } from '../data/matrix.js';
import { native } from '../native/addon.js';
import type { NativeMatrix } from '../native/tables.js';
import { type Clusterer, checkClustering } from './clusterer.js';

/** One clustering of a table. */
export interface Partition {
  readonly labels: Int32Array;
  /** Within-cluster sum of squares. */
  readonly inertia: number;
}

/** Clusters the tables of a study in parallel. */
export interface Study {
  readonly seed: number;
  /** Clusters `table` into k clusters; `stream` is the random stream of the initial centroids. */
  cluster(table: Matrix, k: number, stream: number): Promise<Partition>;
  /** Runs `body` on every task, in parallel on the threads; rejects with the first failure. */
  each<T>(tasks: readonly T[], body: (task: T, index: number) => Promise<void>): Promise<void>;
}

export interface StudyOptions {
  readonly seed: number;
  readonly threads: number;
  /** A custom clusterer in place of the native K-means. */
  readonly clusterer?: Clusterer | undefined;
  /** Called before and after each task; throws to end the study. */
  readonly check?: () => void;
  /** Called after each task with the number of tasks done. */
  readonly advance?: (done: number) => void;
  /** Runs of K-means for each clustering; default 10. */
  readonly restarts?: number;
}

/** A study with the given options. Its results do not depend on the number of threads. */
export function newStudy(options: StudyOptions): Study {
  const { seed, threads, clusterer, check = () => {}, advance, restarts = 10 } = options;
  let done = 0;
  const cluster = async (table: Matrix, k: number, stream: number): Promise<Partition> => {
    if (clusterer !== undefined) {
      const { labels } = checkClustering(clusterer(table, k), table.rows, k, table.columns);
      return { labels, inertia: inertiaOf(table, labels, k) };
    }
    return native().kmeansAsync(table as NativeMatrix, {
      clusters: k,
      init: 'k-means++',
      start: null,
      restarts,
      maxIterations: 300,
      tolerance: 1e-4,
      seed: (seed + stream) % Number.MAX_SAFE_INTEGER,
      threads: 1,
    });
  };
  return {
    seed,
    cluster,
    async each(tasks, body) {
      let next = 0;
      const lane = async (): Promise<void> => {
        while (next < tasks.length) {
          const at = next++;
          check();
          await body(tasks[at]!, at);
          check();
          advance?.(++done);
        }
      };
      const lanes = Array.from({ length: Math.min(threads, tasks.length) }, lane);
      const failed = (await Promise.allSettled(lanes)).find((end) => end.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    },
  };
}

/** Sum over the rows of the squared distance to the mean of their cluster. */
function inertiaOf({ data, rows, columns }: Matrix, labels: Int32Array, k: number): number {
  const sizes = new Float64Array(k);
  const means = new Float64Array(k * columns);
  for (let i = 0; i < rows; i++) {
    sizes[labels[i]!]!++;
    for (let j = 0; j < columns; j++) means[labels[i]! * columns + j]! += data[i * columns + j]!;
  }
  for (let c = 0; c < means.length; c++) means[c]! /= sizes[Math.floor(c / columns)]!;
  let inertia = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      inertia += (data[i * columns + j]! - means[labels[i]! * columns + j]!) ** 2;
    }
  }
  return inertia;
}
