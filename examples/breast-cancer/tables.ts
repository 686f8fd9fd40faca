import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { Matrix } from 'deeptype';

/** Patients with genes, subtype and survival. */
export interface Cohort {
  readonly name: string;
  readonly X: Matrix;
  readonly genes: readonly string[];
  readonly subtype: readonly string[];
  readonly time: readonly number[];
  readonly event: readonly number[];
  readonly unit: string;
}

interface Source {
  readonly name: string;
  readonly file: string;
  readonly subtype: string;
  readonly time: string;
  readonly event: string;
  readonly unit: string;
  /** Columns before the first gene. */
  readonly leading: number;
}

export const SOURCES: Readonly<Record<string, Source>> = {
  scanb: {
    name: 'SCAN-B',
    file: 'scanb_400x1000.csv.gz',
    subtype: 'pam50_subtype',
    time: 'overall_survival_days',
    event: 'overall_survival_event',
    unit: 'days',
    leading: 6,
  },
  metabric: {
    name: 'METABRIC',
    file: 'metabric_1976x600.csv.gz',
    subtype: 'pam50_claudin',
    time: 'os_months',
    event: 'os_event',
    unit: 'months',
    leading: 13,
  },
};

/** The cohort, without patients whose subtype is unknown; undefined where its file is absent. */
export function readCohort(source: Source, folder: string): Cohort | undefined {
  const path = join(folder, source.file);
  if (!existsSync(path)) return undefined;
  const [header = [], ...lines] = parse(gunzipSync(readFileSync(path))) as string[][];
  const column = (name: string) => header.indexOf(name);
  const known = lines.filter((line) => !['', 'NC'].includes(line[column(source.subtype)]!));
  const numbers = (name: string) => known.map((line) => Number(line[column(name)]));
  return {
    name: source.name,
    X: Matrix.from(known.map((line) => line.slice(source.leading).map(Number))),
    genes: header.slice(source.leading),
    subtype: known.map((line) => line[column(source.subtype)]!),
    time: numbers(source.time),
    event: numbers(source.event),
    unit: source.unit,
  };
}

/** Some values of a list, in the order given. */
export function pick<T>(values: readonly T[], rows: readonly number[]): T[] {
  return rows.map((row) => values[row]!);
}

/** Some rows of a table, in the order given. */
export function pickRows(X: Matrix, rows: readonly number[]): Matrix {
  const data = new Float32Array(rows.length * X.columns);
  rows.forEach((row, i) => {
    data.set(X.row(row), i * X.columns);
  });
  return new Matrix(data, rows.length, X.columns);
}
