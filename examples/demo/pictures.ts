import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pca } from 'deeptype';
import {
  type EpochLosses,
  importanceChart,
  lossChart,
  type Plane,
  scatterChart,
} from './charts.js';
import type { Space, Study } from './study.js';
import { toSvg } from './svg.js';

/** Writes the three pictures of a study into a folder, of at most so many rows; returns their paths. */
export async function drawPictures(
  study: Study,
  folder: string,
  points: number,
): Promise<string[]> {
  const { table, clusters } = study;
  const [raw, , learned] = study.spaces;
  const every = Math.ceil(clusters.length / points) || 1;
  const thin = <T>(rows: readonly T[]): T[] => rows.filter((_, i) => i % every === 0);
  const charts = {
    scatter: scatterChart(
      {
        text: `${table.title}: the same rows before and after`,
        subtitle: every > 1 ? `one row in ${every} is shown` : `all ${clusters.length} rows`,
      },
      [
        plane('PCA of the standardised inputs', raw, thin),
        plane('Learned representation, its PCA', learned, thin),
      ],
      {
        clusters: thin(Array.from(clusters)),
        classes: thin(Array.from(table.y, String)),
        className: sentence(table.labelName),
      },
    ),
    importances: importanceChart(`${table.title}: which inputs matter`, importances(study)),
    losses: lossChart(`${table.title}: losses by epoch`, epochLosses(study)),
  };
  mkdirSync(folder, { recursive: true });
  const paths: string[] = [];
  for (const [name, chart] of Object.entries(charts)) {
    const path = join(folder, `${table.slug}-${name}.svg`);
    writeFileSync(path, await toSvg(chart));
    paths.push(path);
  }
  return paths;
}

type Thin = <T>(rows: readonly T[]) => T[];

/** The first two principal components of the rows. */
function plane(title: string, { points }: Space, thin: Thin): Plane {
  const { transformed, explainedVarianceRatio } = pca(points, 2);
  const [first, second] = Array.from(explainedVarianceRatio, (share, c) => {
    return `PC ${c + 1} (${Math.round(100 * share)} % of the variance)`;
  });
  return {
    title,
    axes: [first!, second!],
    points: thin(transformed.toArray().map(([x, y]) => [x!, y!] as const)),
  };
}

function importances({ table, importances }: Study) {
  return Array.from(importances, (value, j) => ({
    name: table.names[j]!,
    value,
    ...(table.informative && { matters: table.informative.has(j) }),
  }));
}

/** The history with the weights multiplied in. */
function epochLosses({ result }: Study): EpochLosses[] {
  return result.history.map(({ phase, primary, distance, total }) => {
    const pull = phase === 'pretrain' ? 0 : result.beta * distance;
    // alpha is ramped up over the epochs: what it is at each of them follows from the total.
    const sparsity = total - primary - pull;
    const isDense = phase === 'pretrain' && sparsity < 1e-9 * total;
    const parts = {
      primary,
      'alpha x sparsity': isDense ? 0 : sparsity,
      'beta x distance': pull,
      total,
    };
    return {
      phase: phase !== 'pretrain' ? phase : isDense ? 'dense pretraining' : 'sparse pretraining',
      parts,
    };
  });
}

function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
