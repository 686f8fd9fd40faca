// Subtypes of breast cancer end to end: K chosen, genes selected, clusters of patients that no model
// has seen, against PAM50 and against survival. See docs/guide/breast-cancer.md.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type ClusterRange, datasets, type Matrix, metrics, survival } from 'deeptype';
import { survivalChart } from './breast-cancer/curves.js';
import { deeptype, onComponents, onGenes } from './breast-cancer/methods.js';
import { type OutOfFold, outOfFold } from './breast-cancer/out-of-fold.js';
import { type Cohort, readCohort, SOURCES } from './breast-cancer/tables.js';
import { toSvg } from './demo/svg.js';

const MOST_CLUSTERS = 12;
const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const { values } = parseArgs({
  options: {
    data: { type: 'string', default: path('../../shared/data') },
    tables: { type: 'string', default: Object.keys(SOURCES).join(',') },
    folds: { type: 'string', default: '5' },
    seed: { type: 'string', default: '0' },
    out: { type: 'string', default: path('../out') },
    // Only what is out of fold, and only K from the number of subtypes.
    short: { type: 'boolean', default: false },
  },
});

const folds = Number(values.folds);
if (!(folds >= 3)) throw new Error('--folds: at least 3, so that any two models share patients');
for (const name of values.tables.split(',')) {
  const source = SOURCES[name];
  if (source === undefined)
    throw new Error(`--tables: one of ${Object.keys(SOURCES)}, not ${name}`);
  const cohort = readCohort(source, values.data);
  if (cohort === undefined) console.log(`${source.name}: SKIPPED, ${source.file} is absent`);
  else await study(cohort, name, Number(values.seed));
}

async function study(cohort: Cohort, name: string, seed: number): Promise<void> {
  const began = performance.now();
  const { X, subtype, event } = cohort;
  const classes = new Set(subtype).size;
  const events = event.reduce((sum, e) => sum + e, 0);
  console.log(
    `${cohort.name}: ${X.rows} patients (${events} deaths), ${X.columns} columns, ${classes} PAM50 subtypes`,
  );
  const foldOf = datasets.stratifiedFolds([...subtype], folds, seed);

  // Subtypes are looked for that are at least as fine as PAM50; below, also any number from 2.
  const fine = { min: classes, max: MOST_CLUSTERS };
  const chosen = await outOfFold(`DeepType, K from ${classes}`, cohort, foldOf, (X, y) =>
    deeptype(X, y, fine, seed),
  );
  const fromTwo = (X: Matrix, y: readonly string[]) => deeptype(X, y, { max: MOST_CLUSTERS }, seed);
  const free = values.short ? [] : [await outOfFold('DeepType, K from 2', cohort, foldOf, fromTwo)];
  const genes = await outOfFold(
    'K-means, raw columns, same K',
    cohort,
    foldOf,
    async (X, _, fold) => onGenes(X, chosen.counts[fold]!, seed),
  );
  const components = await outOfFold('K-means, PCA, same K', cohort, foldOf, async (X, _, fold) =>
    onComponents(X, chosen.counts[fold]!, seed),
  );

  console.log(`  out of fold, ${folds} folds; log-rank p of overall survival`);
  printTable([
    ['', 'K', 'ARI', 'NMI', 'silhouette', 'smallest', 'matched', 'stratified', 'fold by fold'],
    ...[chosen, ...free, genes, components].map((found) => row(cohort, foldOf, found)),
    [
      ...['PAM50 itself', `${classes}`, '', '', '', smallest(subtype)],
      ...tests(cohort, foldOf, subtype, subtype),
    ],
  ]);
  const kept = chosen.selected.map((list) => list.length);
  console.log(`  genes kept, by fold: ${kept.join(' ')}; in every fold: ${inAll(chosen).length}`);
  console.log(`  accuracy of the subtypes out of fold: ${chosen.accuracy!.toFixed(3)}`);

  if (!values.short) await inSample(cohort, fine, seed);
  const subtitle = `overall survival; clusters of fewer than 10 patients not shown`;
  const chart = survivalChart(cohort, `${cohort.name}: clusters out of fold, and PAM50`, subtitle, [
    { title: 'DeepType, named as in the first fold', groups: chosen.matched },
    { title: 'PAM50', groups: subtype },
  ]);
  mkdirSync(values.out, { recursive: true });
  const file = join(values.out, `${name}-survival.svg`);
  writeFileSync(file, await toSvg(chart));
  const seconds = (performance.now() - began) / 1000;
  console.log(`  curves: ${file}; ${seconds.toFixed(0)} s\n`);
}

/** A model of all patients, whose clusters have seen them. */
async function inSample(cohort: Cohort, clusters: ClusterRange, seed: number): Promise<void> {
  const { X, subtype, time, event } = cohort;
  const whole = await deeptype(X, subtype, clusters, seed);
  const labels = whole.assign(X);
  const rawLabels = onGenes(X, whole.k, seed).assign(X);
  console.log(`  in sample, all patients: K ${whole.k}, ${whole.selected!.length} columns kept`);
  console.log(
    `    the first: ${whole
      .selected!.slice(0, 10)
      .map((j) => cohort.genes[j])
      .join(' ')}`,
  );
  console.log(
    `    ARI ${metrics.adjustedRandIndex(subtype, labels).toFixed(3)}, NMI ${metrics.normalizedMutualInformation(subtype, labels).toFixed(3)}, log-rank p ${p(survival.logRank(time, event, labels))}; K-means on raw columns, same K: p ${p(survival.logRank(time, event, rawLabels))}`,
  );
  whole.dispose?.();
}

function row(cohort: Cohort, foldOf: Int32Array, found: OutOfFold): string[] {
  const numbers = [found.ari, found.nmi, found.silhouette].map((x) => x.toFixed(3));
  return [
    found.method,
    found.counts.join(' '),
    ...numbers,
    smallest(found.matched),
    ...tests(cohort, foldOf, found.own, found.matched),
  ];
}

/**
 * Three log-rank tests: of the matched clusters; the same with patients compared within their fold
 * only; and fold by fold, statistics and degrees of freedom added up, which needs no matching.
 */
function tests(
  { time, event }: Cohort,
  foldOf: Int32Array,
  own: readonly (number | string)[],
  matched: readonly string[],
): string[] {
  const ofFold = own.map((cluster, i) => `${foldOf[i]}: ${cluster}`);
  return [
    survival.logRank(time, event, matched),
    survival.logRank(time, event, matched, { strata: foldOf }),
    survival.logRank(time, event, ofFold, { strata: foldOf }),
  ].map(p);
}

/** Patients in the smallest cluster: the test trusts in many. */
function smallest(groups: readonly string[]): string {
  const sizes = new Map<string, number>();
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  return `${Math.min(...sizes.values())}`;
}

function p(test: survival.LogRank): string {
  return `${test.pValue.toExponential(1)} (df ${test.degreesOfFreedom})`;
}

/** The genes that every fold kept. */
function inAll({ selected }: OutOfFold): number[] {
  const [first = [], ...others] = selected.map((list) => new Set(list));
  return [...first].filter((gene) => others.every((other) => other.has(gene)));
}

function printTable(rows: readonly (readonly string[])[]): void {
  const widths = rows[0]!.map((_, c) => Math.max(...rows.map((cells) => cells[c]!.length)));
  for (const cells of rows) {
    console.log(
      `    ${cells
        .map((cell, c) => cell.padEnd(widths[c]!))
        .join('  ')
        .trimEnd()}`,
    );
  }
}
