import {
  type ClusterRange,
  DeepType,
  KMeans,
  Matrix,
  type MatrixLike,
  pca,
  Scaler,
} from 'deeptype';

/** What a method has learned of some patients; all of it applies to others. */
export interface Clusters {
  readonly k: number;
  /** Cluster of each row. */
  assign(X: Matrix): Int32Array;
  /** The space that was clustered. */
  place(X: Matrix): Matrix;
  /** Genes with weights that are not exactly zero, by falling importance. */
  readonly selected?: readonly number[];
  /** Share of subtypes predicted rightly. */
  score?(X: Matrix, subtype: readonly string[]): number;
  dispose?(): void;
}

/** Components of the PCA. */
const COMPONENTS = 20;

export async function deeptype(
  X: Matrix,
  subtype: readonly string[],
  clusters: ClusterRange,
  seed: number,
): Promise<Clusters> {
  const model = new DeepType({ clusters, seed });
  const { clusters: k } = await model.fit(X, subtype);
  return {
    k,
    assign: (rows) => model.assign(rows),
    place: (rows) => model.transform(rows),
    selected: Array.from(model.selectedFeatures),
    score: (rows, truth) => model.score(rows, truth),
    dispose: () => model.dispose(),
  };
}

/** K-means on the genes as they are. */
export function onGenes(X: Matrix, k: number, seed: number): Clusters {
  const kmeans = new KMeans({ clusters: k, seed }).fit(X);
  return { k, assign: (rows) => kmeans.predict(rows), place: (rows) => rows };
}

/** K-means on the leading principal components of the standardised genes. */
export function onComponents(X: Matrix, k: number, seed: number): Clusters {
  const scaler = new Scaler().fit(X);
  const { components, mean } = pca(scaler.transform(X), COMPONENTS);
  const place = (rows: MatrixLike): Matrix => project(scaler.transform(rows), components, mean);
  const kmeans = new KMeans({ clusters: k, seed }).fit(place(X));
  return { k, assign: (rows) => kmeans.predict(place(rows)), place };
}

/** (X - mean) components^T */
function project(X: Matrix, components: Matrix, mean: Float64Array): Matrix {
  const out = new Float32Array(X.rows * components.rows);
  for (let i = 0; i < X.rows; i++) {
    for (let c = 0; c < components.rows; c++) {
      let sum = 0;
      for (let j = 0; j < X.columns; j++) sum += (X.get(i, j) - mean[j]!) * components.get(c, j);
      out[i * components.rows + c] = sum;
    }
  }
  return new Matrix(out, X.rows, components.rows);
}
