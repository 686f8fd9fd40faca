import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { datasets, type Labels, Matrix } from 'deeptype';

/** A table with labels, and what is known about it. */
export interface Table {
  /** Begins the names of the files written about it. */
  readonly slug: string;
  readonly title: string;
  readonly X: Matrix;
  readonly y: Labels;
  /** What a label is called. */
  readonly labelName: string;
  /** Names of the columns of X. */
  readonly names: readonly string[];
  /** K of the fit. */
  readonly clusters: number;
  /** The columns that matter, where that is known. */
  readonly informative?: ReadonlySet<number>;
}

/** 1000 rows in 4 clusters that differ in 5 of 20 columns; the other 15 are noise. */
export function synthetic(): Table {
  const { X, y, informative } = datasets.makeClusters({
    samples: 1000,
    features: 20,
    informative: 5,
    clusters: 4,
  });
  return {
    slug: 'synthetic',
    title: 'Synthetic',
    X,
    y,
    labelName: 'true cluster',
    names: Array.from({ length: X.columns }, (_, j) => `x${j}`),
    clusters: 4,
    informative: new Set(informative),
  };
}

/** The breast-cancer table of examples/data, see the README there. */
export function wdbc(): Table {
  const text = readFileSync(new URL('../data/wdbc.csv', import.meta.url), 'utf8');
  const [header = [], ...lines] = parse(text) as string[][];
  return {
    slug: 'wdbc',
    title: 'Breast cancer (WDBC)',
    X: Matrix.from(lines.map((line) => line.slice(1).map(Number))),
    y: lines.map((line) => line[0]!),
    labelName: 'diagnosis',
    names: header.slice(1),
    clusters: 2,
  };
}
