import {
  DeepType,
  datasets,
  type FitResult,
  KMeans,
  type Matrix,
  metrics,
  pca,
  Scaler,
} from 'deeptype';
import { display, PhaseClock } from './progress.js';
import type { Table } from './tables.js';

/** Components of the PCA that the clusters are judged in. */
export const COMPONENTS = 5;
const HELD_OUT = 0.25;

/** One way to see the rows: the inputs themselves, their PCA, the learned representation. */
export interface Space {
  readonly name: string;
  readonly points: Matrix;
  /** Silhouette of DeepType's clusters in this space. */
  readonly silhouette: number;
  /** ARI of plain K-means in this space against the labels. */
  readonly kmeansAri: number;
}

/** What a fit found out about a table. */
export interface Study {
  readonly table: Table;
  readonly result: FitResult;
  readonly clusters: Int32Array;
  readonly importances: Float32Array;
  readonly selected: Int32Array;
  readonly ari: number;
  readonly nmi: number;
  readonly clusterAccuracy: number;
  readonly trainAccuracy: number;
  readonly heldOutAccuracy: number;
  readonly spaces: readonly [raw: Space, reduced: Space, learned: Space];
  /** Of each phase, and of the whole fit. */
  readonly seconds: ReadonlyMap<string, number>;
}

/** Fits DeepType with its default options and measures what came out. */
export async function study(table: Table): Promise<Study> {
  const { X, y, clusters } = table;
  const clock = new PhaseClock();
  const shown = display();
  const began = performance.now();
  const model = new DeepType({ clusters, seed: 0 });
  const result = await model.fit(X, y, {
    onProgress: (event) => {
      clock.show(event);
      shown.show(event);
    },
  });
  clock.seconds.set('fit', (performance.now() - began) / 1000);
  shown.end();

  const found = model.labels.slice();
  const raw = new Scaler().fit(X).transform(X);
  const space = (name: string, points: Matrix): Space => ({
    name,
    points,
    silhouette: metrics.silhouetteScore(points, found),
    kmeansAri: metrics.adjustedRandIndex(y, kmeansLabels(points, clusters)),
  });
  const learned = model.transform(X);
  const outcome: Study = {
    table,
    result,
    clusters: found,
    importances: model.featureImportances.slice(),
    selected: model.selectedFeatures.slice(),
    ari: metrics.adjustedRandIndex(y, found),
    nmi: metrics.normalizedMutualInformation(y, found),
    clusterAccuracy: metrics.clusterAccuracy(y, found),
    trainAccuracy: model.score(X, y),
    heldOutAccuracy: await heldOutAccuracy(table),
    spaces: [
      space(`standardised inputs (${X.columns})`, raw),
      space(`PCA of the inputs (${COMPONENTS})`, pca(raw, COMPONENTS).transformed),
      space(`learned representation (${learned.columns})`, learned),
    ],
    seconds: clock.seconds,
  };
  model.dispose();
  return outcome;
}

/** Accuracy on a quarter of the rows of a model fitted to the others. */
async function heldOutAccuracy({ X, y, clusters }: Table): Promise<number> {
  const options = { testFraction: HELD_OUT, stratify: true, seed: 0 };
  const { XTrain, yTrain, XTest, yTest } = datasets.trainTestSplit(X, y, options);
  const model = new DeepType({ clusters, seed: 0 });
  await model.fit(XTrain, yTrain);
  const accuracy = model.score(XTest, yTest);
  model.dispose();
  return accuracy;
}

function kmeansLabels(points: Matrix, clusters: number): Int32Array {
  const model = new KMeans({ clusters, nInit: 10, seed: 0 }).fit(points);
  const labels = model.labels.slice();
  model.dispose();
  return labels;
}
