// What pages of the documentation take as given: a table of the reader's, a model that was fitted.

const TABLE = `
const { X, y } = given.datasets.makeClusters({ samples: 80, features: 6, informative: 3, clusters: 4 });`;

const OPTIONS = `
const options = { clusters: 4, hidden: [8, 4], pretrain: { epochs: 3 }, joint: { epochs: 2 } };`;

const MODEL = `${TABLE}${OPTIONS}
let model = new given.DeepType(options);
await model.fit(X, y);`;

const NETWORK = (path: string, activation: string) => `
await new given.Network({ inputs: 6, hidden: [4], outputs: 2, activation: '${activation}' }).save('${path}');`;

/** By page, in TypeScript; it finds the package as `given`. */
export const GIVEN: Readonly<Record<string, string>> = {
  README: `${MODEL}${NETWORK('torch.safetensors', 'relu')}
const time = Array.from(y, (_, i) => 1 + i);
const event = Array.from(y, (_, i) => i % 2);
const strata = Array.from(y, (_, i) => i % 3);
const clusters = model.labels;`,
  data: `
const y = Int32Array.from({ length: 80 }, (_, i) => i % 4);
const X = Array.from(y, (k, i) => [k, i % 7 === 0 ? Number.NaN : k * k, i % 5]);`,
  files: `
import { Worker } from 'node:worker_threads';${MODEL}${NETWORK('network.safetensors', 'tanh')}
const worker = new Worker('', { eval: true });`,
  penalties: TABLE,
  reliability: `${MODEL}
const [newX, newY, row] = [X, y, [Array.from(X.row(0))]];
const folder = 'model';
await model.save(folder);`,
  selection: `${TABLE}${OPTIONS}
const XNew = X;`,
  validation: TABLE,
};
