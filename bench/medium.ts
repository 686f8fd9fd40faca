import { datasets } from '../src/index.js';
import type { Workload } from './harness.js';
import { stepWorkload } from './steps.js';

const ROWS = 9984;
const CLASSES = 10;

/** A network of the size of an MNIST example. */
export function mediumWorkload(): Workload {
  return stepWorkload({
    name: 'medium step',
    description: `${ROWS} x 784 (10000 rows to whole batches), network 784-128-64-10 ReLU.`,
    widths: [784, 128, 64, CLASSES],
    activation: 'relu',
    batch: 64,
    epochs: 2,
    joint: false,
    clusters: CLASSES,
    alpha: 1e-3,
    beta: 0.5,
    distance: 'euclidean',
    learningRate: 1e-3,
    rows: ROWS,
    data: () =>
      datasets.makeClusters({
        samples: ROWS,
        features: 784,
        informative: 50,
        clusters: CLASSES,
        centerScale: 1,
        seed: 0,
      }),
  });
}
