import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { Matrix } from '../../src/index.js';

/** A labelled table of real data. */
export interface Table {
  readonly X: Matrix;
  readonly y: readonly string[];
  readonly names: readonly string[];
  /** The first column. */
  readonly ids: readonly string[];
}

export interface Source {
  readonly name: string;
  /** From the root of the repository. */
  readonly path: string;
  readonly label: string;
  /** Columns before the first feature. */
  readonly leading: number;
  /** Columns after the last feature. */
  readonly trailing?: number;
  /** Labels that mean there is none; such rows are left out, as are rows with an empty label. */
  readonly unlabelled?: readonly string[];
  readonly accuracy: number;
  readonly maxFeatures?: number;
}

export const SOURCES: Readonly<Record<string, Source>> = {
  scanb: {
    name: 'SCAN-B',
    path: '../shared/data/scanb_400x1000.csv.gz',
    label: 'pam50_subtype',
    leading: 6,
    accuracy: 0.86,
    maxFeatures: 150,
  },
  metabric: {
    name: 'METABRIC',
    path: '../shared/data/metabric_1976x600.csv.gz',
    label: 'pam50_claudin',
    leading: 13,
    unlabelled: ['NC'],
    accuracy: 0.58,
  },
  wdbc: {
    name: 'WDBC',
    path: 'examples/data/wdbc.csv',
    label: 'diagnosis',
    leading: 1,
    accuracy: 0.97,
  },
};

/** The table, NaN where a value is missing, or undefined where its file is absent. */
export function load(source: Omit<Source, 'accuracy'>): Table | undefined {
  const bytes = read(new URL(`../../${source.path}`, import.meta.url));
  if (!bytes) return undefined;
  const text = source.path.endsWith('.gz') ? gunzipSync(bytes) : bytes;
  const [header = [], ...lines] = parse(text) as string[][];
  const at = header.indexOf(source.label);
  const labelled = lines.filter((line) => !['', ...(source.unlabelled ?? [])].includes(line[at]!));
  const columns = header.length - source.leading - (source.trailing ?? 0);
  const value = (cell: string): number => (cell === '' ? Number.NaN : Number(cell));
  const data = new Float32Array(labelled.length * columns);
  labelled.forEach((line, i) => {
    data.set(line.slice(source.leading, source.leading + columns).map(value), i * columns);
  });
  return {
    X: new Matrix(data, labelled.length, columns),
    y: labelled.map((line) => line[at]!),
    names: header.slice(source.leading, source.leading + columns),
    ids: labelled.map((line) => line[0]!),
  };
}

function read(url: URL): Buffer | undefined {
  try {
    return readFileSync(url);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Some rows of a table, in the order given. */
export function take({ X, y }: Table, rows: readonly number[]): { X: Matrix; y: string[] } {
  const data = new Float32Array(rows.length * X.columns);
  rows.forEach((row, i) => {
    data.set(X.row(row), i * X.columns);
  });
  return { X: new Matrix(data, rows.length, X.columns), y: rows.map((row) => y[row]!) };
}
