import type { Space, Study } from './study.js';
import type { Table } from './tables.js';

/** What a table is, in one line. */
export function heading({ title, X, clusters, informative, labelName }: Table): string {
  const truth = informative ? `, ${informative.size} of which matter` : '';
  return `${title}: ${X.rows} samples, ${X.columns} inputs${truth}; labelled by ${labelName}; ${clusters} clusters`;
}

/** The findings of a study, as lines of text. */
export function report(study: Study): string[] {
  const { table, ari, nmi, clusterAccuracy, trainAccuracy, heldOutAccuracy, seconds } = study;
  const { alpha, alphaMax, kktResidual, stopReason } = study.result;
  const times = [...seconds].map(([phase, time]) => `${phase} ${time.toFixed(2)} s`);
  return [
    ...selection(study),
    row(
      'clusters',
      `ARI ${f(ari)}, NMI ${f(nmi)}, accuracy ${f(clusterAccuracy)} against the ${table.labelName}`,
    ),
    ...crossTable(study),
    row(
      'prediction',
      `accuracy ${f(trainAccuracy)} on the training rows, ${f(heldOutAccuracy)} on a quarter held out (second fit)`,
    ),
    row(
      'silhouette',
      'of these clusters, beside the ARI that plain K-means reaches in the same space',
    ),
    ...study.spaces.map(inSpace),
    row(
      'alpha',
      `${g(alpha)} = ${f(alpha / alphaMax)} x alphaMax ${g(alphaMax)}; KKT residual / alpha ${g(kktResidual / alpha)}`,
    ),
    row('time', `${times.join(', ')}; ended: ${stopReason}`),
  ];
}

function selection({ table, selected, importances }: Study): string[] {
  const { names, informative } = table;
  const list = Array.from(selected, (j) => `${names[j]} (${importances[j]!.toPrecision(2)})`);
  const lines = [
    row('selected', `${selected.length} of ${names.length} inputs: ${list.join(', ')}`),
  ];
  if (informative) {
    const hits = selected.filter((j) => informative.has(j)).length;
    const noise = selected.length - hits;
    lines.push(
      row(
        '',
        `${hits} of the ${informative.size} that matter, ${noise} of the ${names.length - informative.size} that do not`,
      ),
    );
  }
  return lines;
}

/** How many rows of each label are in each cluster. */
function crossTable({ table, clusters }: Study): string[] {
  const labels = Array.from(table.y, String);
  const names = [...new Set(labels)].sort();
  return names.map((name) => {
    const inside = clusters.filter((_, row) => labels[row] === name);
    const counts = Array.from(
      { length: table.clusters },
      (_, k) => inside.filter((c) => c === k).length,
    );
    return row(
      '',
      `${table.labelName} ${name}: ${counts.map((n, k) => `${n} in ${k + 1}`).join(', ')}`,
    );
  });
}

function inSpace({ name, silhouette, kmeansAri }: Space): string {
  return row('', `${name.padEnd(32)} ${f(silhouette)}   K-means there: ARI ${f(kmeansAri)}`);
}

function row(label: string, text: string): string {
  return `  ${label.padEnd(11)} ${text}`;
}

function f(value: number): string {
  return value.toFixed(3);
}

function g(value: number): string {
  return String(Number(value.toPrecision(3)));
}
