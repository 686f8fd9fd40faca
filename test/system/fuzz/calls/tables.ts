// Tables, what is fitted to their columns, and data to try things on.
import fc from 'fast-check';
import {
  datasets,
  Imputer,
  Matrix,
  pca,
  project,
  prox,
  Scaler,
  selection,
} from '../../../../src/index.js';
import { junk, options, some, X32 } from '../junk.js';
import { shapes } from '../options.js';
import { type Callable, construct, loose } from '../subjects.js';
import { X } from '../tables.js';
import { flag, labels, seed, share, size, table, targets, vector } from '../values.js';

const rows = fc.oneof(vector, table);
const positive = some(0, 0.5, 1, 1e30);
const columns = some([0], [1, 0], Int32Array.of(1), [2], [0, 0]);

/** Statistics of columns in an object of their own. */
function ofColumns(type: typeof Scaler | typeof Imputer, method: string): Callable {
  return {
    args: [table],
    call: (x) => (new type().fit(X) as unknown as Record<string, typeof loose>)[method]!(x),
  };
}

export const TABLES: Record<string, Callable> = {
  'new Matrix': {
    args: [some(new Float32Array(4)), size, size],
    call: (...a) => construct(Matrix, ...a),
  },
  'Matrix.from': { args: [table], call: loose(Matrix.from) },
  'Matrix.get': { args: [size, size], call: (i, j) => X32.get(i as number, j as number) },
  'Matrix.row': { args: [size], call: (i) => X32.row(i as number) },
  'Matrix.toArray': { args: [size, size], call: (n, d) => rowsOf(n, d) },
  pca: { args: [table, size], call: loose(pca) },
  'new Scaler': { args: [junk], call: (o) => construct(Scaler, o) },
  'Scaler.fit': { args: [table], call: (x) => construct(Scaler).fit!(x) },
  'Scaler.fitTransform': { args: [table], call: (x) => construct(Scaler).fitTransform!(x) },
  'Scaler.transform': ofColumns(Scaler, 'transform'),
  'Scaler.toJSON': ofColumns(Scaler, 'toJSON'),
  'Scaler.mean': { args: [table], call: (x) => new Scaler().fit(x as number[][]).mean },
  'Scaler.remainder': { args: [table], call: (x) => new Scaler().fit(x as number[][]).remainder },
  'Scaler.scale': { args: [], call: () => new Scaler().scale },
  'Scaler.fromJSON': {
    args: [options({ mean: some([1, 2]), scale: some([1, 2], [0, -1]) })],
    call: loose(Scaler.fromJSON),
  },
  'new Imputer': {
    args: [options({ strategy: some('mean') })],
    call: (o) => construct(Imputer, o),
  },
  'Imputer.fit': { args: [table], call: (x) => construct(Imputer).fit!(x) },
  'Imputer.fitTransform': {
    args: [options({ strategy: some('median', 'mean') }), table],
    call: (o, x) => construct(Imputer, o).fitTransform!(x),
  },
  'Imputer.transform': ofColumns(Imputer, 'transform'),
  'Imputer.fill': ofColumns(Imputer, 'fill'),
  'Imputer.toJSON': ofColumns(Imputer, 'toJSON'),
  'Imputer.statistics': {
    args: [table],
    call: (x) => new Imputer().fit(x as number[][]).statistics,
  },
  'Imputer.fromJSON': {
    args: [options({ strategy: some('mean'), statistics: some([1, 2], [Number.NaN]) })],
    call: loose(Imputer.fromJSON),
  },
  'selection.takeColumns': { args: [table, columns], call: loose(selection.takeColumns) },
  'datasets.makeClusters': {
    args: [options({ ...shapes, clusters: size, centerScale: share })],
    call: loose(datasets.makeClusters),
  },
  'datasets.makeRegression': { args: [options(shapes)], call: loose(datasets.makeRegression) },
  'datasets.trainTestSplit': {
    args: [table, targets, options({ testFraction: share, stratify: flag, groups: labels, seed })],
    call: loose(datasets.trainTestSplit),
  },
  'datasets.stratifiedFolds': {
    args: [labels, size, fc.oneof(seed, options({ groups: labels, seed }))],
    call: loose(datasets.stratifiedFolds),
  },
  'prox.l1': { args: [rows, positive], call: loose(prox.l1) },
  'prox.l2Squared': { args: [rows, positive], call: loose(prox.l2Squared) },
  'prox.groupL2': { args: [rows, positive], call: loose(prox.groupL2) },
  'prox.lInfinity': { args: [rows, positive], call: loose(prox.lInfinity) },
  'prox.elasticNet': { args: [rows, positive, share], call: loose(prox.elasticNet) },
  'prox.hierarchical': {
    args: [rows, rows, options({ lambda: positive, lambdaBar: positive, M: positive })],
    call: loose(prox.hierarchical),
  },
  'project.l1Ball': { args: [rows, positive], call: loose(project.l1Ball) },
  'project.l2Ball': { args: [rows, positive], call: loose(project.l2Ball) },
  'project.lInfinityBall': { args: [rows, positive], call: loose(project.lInfinityBall) },
  'project.simplex': { args: [rows], call: loose(project.simplex) },
};

function rowsOf(n: unknown, d: unknown): number[][] {
  return new Matrix(new Float32Array(4), n as number, d as number).toArray();
}
