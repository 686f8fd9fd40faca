import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { datasets } from '../src/index.js';
import type { Workload } from './harness.js';
import { inSharedMemory } from './shared.js';
import { stepWorkload } from './steps.js';

const ROWS = 2048;
const INPUTS = 20_000;
const WIDTHS = [INPUTS, 1024, 512, 6];

/** The network of Chen et al. 2020 on a table of the size of theirs (METABRIC). */
export function paperWorkload(): Workload {
  return stepWorkload({
    name: 'paper step',
    description:
      `${ROWS} x ${INPUTS} (2133 rows to whole batches), network ${WIDTHS.join('-')} sigmoid, ` +
      'alpha 0.006.',
    widths: WIDTHS,
    activation: 'sigmoid',
    batch: 256,
    epochs: 3,
    joint: false,
    clusters: 11,
    alpha: 0.006,
    beta: 1.2,
    distance: 'squared-euclidean',
    learningRate: 1e-3,
    rounds: 3,
    bf16: true,
    rows: ROWS,
    data: () => {
      const { X, y } = datasets.makeClusters({
        samples: ROWS,
        features: INPUTS,
        informative: 40,
        clusters: 6,
        centerScale: 1.5,
        seed: 0,
      });
      return { X: inSharedMemory(X), y };
    },
    notes: async () => [peakMemory()],
  });
}

interface Peak {
  readonly resident: number;
  readonly atStart: number;
  readonly table: number;
  readonly parameters: number;
  readonly optimizer: number;
  readonly activations: number;
}

/** One epoch in a process of its own, by what it needs and what it took. */
function peakMemory(): string {
  const script = fileURLToPath(new URL('./paper-memory.mjs', import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
  if (status !== 0) return 'Peak memory was not measured: its process failed.';
  const peak = JSON.parse(stdout) as Peak;
  const needed = peak.table + peak.parameters + peak.optimizer + peak.activations;
  const mib = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;
  return (
    `Peak resident memory of a process that trains all 2133 rows, X in a SharedArrayBuffer: ` +
    `${mib(peak.resident)}, ${(peak.resident / needed).toFixed(2)}x the ${mib(needed)} of X ` +
    `(${mib(peak.table)}), parameters (${mib(peak.parameters)}), optimiser state ` +
    `(${mib(peak.optimizer)}) and one batch's activations (${mib(peak.activations)}); ` +
    `${mib(peak.atStart)} of it before there was a table.`
  );
}
