import { readFileSync } from 'node:fs';
import { kmeans as mlKmeans } from 'ml-kmeans';
import { describe, expect, it } from 'vitest';
import { KMeans, kmeans, Matrix } from '../../src/index.js';

/** Written by kmeans_fixture.py: Lloyd in float64 from a given start, to the very end. */
interface Case {
  name: string;
  rows: number;
  columns: number;
  /** A cluster ran empty on the way; ml-kmeans leaves it empty, scikit-learn refills it. */
  emptied: boolean;
  x: number[];
  start: number[][];
  labels: number[];
  centroids: number[][];
  inertia: number;
  iterations: number;
}

const TOLERANCE = 1e-5;
const fixture = JSON.parse(
  readFileSync(new URL('./fixtures/kmeans.json', import.meta.url), 'utf8'),
) as { scikitLearn: string; cases: Case[] };
const all = fixture.cases.map((c) => [c.name, c] as const);

describe(`KMeans from scikit-learn ${fixture.scikitLearn}'s start`, () => {
  it.each(all)('%s: same labels, centroids and inertia', (_, c) => {
    const model = fitted(c);
    expect([...model.labels]).toEqual(c.labels);
    expectCentroids(model.centroids.toArray(), c.centroids);
    expect(Math.abs(model.inertia - c.inertia)).toBeLessThanOrEqual(TOLERANCE * (c.inertia + 1e-9));
    model.dispose();
  });
});

describe('KMeans and kmeans from the same start as ml-kmeans', () => {
  it.each(all.filter(([, c]) => !c.emptied))('%s: same labels and centroids', (_, c) => {
    const rows = rowsOf(c);
    const options = { initialization: copy(c.start), maxIterations: 300, tolerance: 0 };
    const theirs = mlKmeans(rows, c.start.length, options);

    const model = fitted(c);
    expect([...model.labels]).toEqual(theirs.clusters);
    expectCentroids(model.centroids.toArray(), theirs.centroids);
    model.dispose();

    const ours = kmeans(rows, c.start.length, { ...options, initialization: copy(c.start) });
    expect([...ours.clusters]).toEqual(theirs.clusters);
    expectCentroids(ours.centroids, theirs.centroids);
    expect(ours.converged).toBe(theirs.converged);
    expect(ours.nearest(rows.slice(0, 5))).toEqual(theirs.nearest(rows.slice(0, 5)));
    const [mine, other] = [ours.computeInformation(rows), theirs.computeInformation(rows)];
    expect(mine.map(({ size }) => size)).toEqual(other.map(({ size }) => size));
  });
});

function fitted(c: Case): KMeans {
  const options = { clusters: c.start.length, maxIterations: 300, tolerance: 0 };
  return new KMeans({ ...options, init: c.start }).fit(
    new Matrix(Float32Array.from(c.x), c.rows, c.columns),
  );
}

function rowsOf(c: Case): number[][] {
  return Array.from({ length: c.rows }, (_, i) => c.x.slice(i * c.columns, (i + 1) * c.columns));
}

function copy(rows: readonly number[][]): number[][] {
  return rows.map((row) => [...row]);
}

/** Errors relative to the largest coordinate of the centroids. */
function expectCentroids(ours: readonly number[][], theirs: readonly number[][]): void {
  expect(ours.length).toBe(theirs.length);
  const scale = Math.max(...theirs.flat().map(Math.abs));
  const worst = Math.max(
    ...theirs.flatMap((row, k) => row.map((v, j) => Math.abs(v - ours[k]![j]!))),
  );
  expect(worst / scale).toBeLessThan(TOLERANCE);
}
