// seeds.ts FOLDER: whole files for the corpus of `files`, each after the number of its reader. The formats
// change seldom; the corpus holds what this made of them.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeepType, type DeepTypeOptions } from '../../../src/index.js';
import { X, Y } from '../../system/fuzz/tables.js';

const folder = process.argv[2]!;
const put = (name: string, reader: number, bytes: Uint8Array): void =>
  writeFileSync(join(folder, name), Buffer.concat([Buffer.of(reader), bytes]));

const TINY: DeepTypeOptions = {
  clusters: 2,
  hidden: [3],
  pretrain: { epochs: 2 },
  joint: { epochs: 1 },
  settle: { iterations: 2 },
  threads: 1,
};
const MODELS: Readonly<Record<string, DeepTypeOptions>> = {
  plain: TINY,
  regression: { ...TINY, loss: 'mse', standardize: false },
  options: {
    ...TINY,
    hidden: [3, 2],
    activation: 'tanh',
    sparsity: { penalty: 'hierarchical', M: 5 },
    optimizer: { name: 'sgd', momentum: 0.5 },
    distance: { metric: 'euclidean', weight: 0.1 },
    classWeight: 'balanced',
  },
};
for (const [name, options] of Object.entries(MODELS)) {
  const path = join(folder, `${name}.tmp`);
  const model = new DeepType(options);
  let early: Uint8Array | undefined;
  await model.fit(X, Y, {
    checkpoint: { path, everySeconds: 0 },
    onProgress: ({ phase }) => {
      if (phase === 'joint' && existsSync(path)) early ??= readFileSync(path);
    },
  });
  put(`${name}-model`, 1, model.toBytes());
  put(`${name}-checkpoint`, 2, readFileSync(path));
  if (early !== undefined) put(`${name}-early`, 2, early);
  await model.network.save(path);
  put(`${name}-network`, 3, readFileSync(path));
  rmSync(path);
  if (name === 'plain') put('bytes', 0, model.toBytes());
}
