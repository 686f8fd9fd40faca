import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import {
  DeepType,
  datasets,
  Matrix,
  metrics,
  Network,
  pca,
  selection,
  Trainer,
} from '../../../src/index.js';
import { native } from '../../../src/native/addon.js';
import { messageOf } from '../../common/coded.js';
import { runProgram } from './programs.js';

const OUT = 'ERR_OUT_OF_MEMORY';
const PACKAGE = new URL('../../../src/index.ts', import.meta.url).href;
/** A row that stands for any number of them. */
const row = Array.from({ length: 1000 }, () => 1);

describe('what cannot fit', () => {
  it('is refused before it is allocated', async () => {
    const limit = native().machine().memory;
    expect(limit).toBeGreaterThan(2 ** 28);
    const side = Math.ceil(Math.sqrt(limit)); // side^2 float64 values are eight times too many
    const before = process.memoryUsage().rss;
    const hidden = [2 ** 24, 2 ** 24];
    messageOf(() => new Network({ inputs: 2, hidden, outputs: 2 }), OUT);
    messageOf(() => new Network({ inputs: 2, hidden: [1e9], outputs: 2 }), 'ERR_INVALID_ARGUMENT');
    messageOf(() => Matrix.from({ rows: side, columns: side, get: () => 0 }), OUT);
    messageOf(() => Matrix.from(new Array(Math.ceil(limit / 1000)).fill(row)), OUT);
    messageOf(() => datasets.makeClusters({ samples: 1e9, features: 1e6 }), OUT);
    const { X, y } = datasets.makeClusters({ samples: 40, seed: 1 });
    const model = new DeepType({ clusters: 2, hidden: [2 ** 24, 2 ** 24] });
    await expect(model.fit(X, y)).rejects.toMatchObject({ code: OUT });
    // All the pairs of as many rows as a labelling may have.
    const many = Int32Array.from({ length: Math.ceil(Math.sqrt(limit)) }, (_, i) => i);
    messageOf(() => metrics.confusionMatrix(many, many), OUT);
    const long = { data: new Float32Array(side), rows: side, columns: 1 };
    await expect(selection.consensus(long, 2)).rejects.toMatchObject({ code: OUT });
    messageOf(
      () => pca({ data: new Float32Array(2 * side), rows: 2, columns: side }, 3),
      'ERR_INVALID_ARGUMENT',
    );
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 29);
  });

  it('counts what training needs beside the weights', () => {
    // More than a third of the memory: the weights would fit, their moments not.
    const share = Math.ceil(native().machine().memory / 2.5 / 4 / 2 ** 12);
    if (share > 2 ** 19) return; // beyond the most parameters that a network may have
    const network = { inputs: 2 ** 12, hidden: [share], outputs: 1 };
    expect(() => new Trainer({ network: new Network(network), clusters: 1, loss: 'mse' })).toThrow(
      expect.objectContaining({ code: OUT }),
    );
  });

  it('a batch of any size is as large as the table', async () => {
    const { X, y } = datasets.makeClusters({ samples: 40, seed: 1 });
    const fitted = async (batchSize: number) => {
      const model = new DeepType({ clusters: 2, batchSize, hidden: [4] });
      await model.fit(X, y);
      return model.network.parameters();
    };
    expect(await fitted(Number.MAX_SAFE_INTEGER)).toEqual(await fitted(40));
  });
});

const hasLimit = spawnSync('prlimit', ['--version']).status === 0;

/** Its address space ends 256 MiB above what it has once the package is loaded. */
const STARVED = `
const { execFileSync } = await import('node:child_process');
const { readFileSync } = await import('node:fs');
const { KMeans, Network, Trainer } = await import(${JSON.stringify(PACKAGE)});
const small = () => new DeepType(quick);
const wide = datasets.makeClusters({ samples: 3000, features: 2000, seed: 2 });
const told = [];
const attempt = async (name, body) => {
  try { await body(); told.push(name + ': done'); } catch (error) { told.push(name + ': ' + (error.code ?? error.stack)); }
};
  const kept = small();
  await kept.fit(X, y);
  const before = kept.assign(X);
  const network = new Network({ inputs: 2000, hidden: [1000], outputs: 4 });
  const held = new Trainer({ network, clusters: 2, threads: 3 });
  const pages = Number(readFileSync('/proc/self/statm', 'utf8').split(' ')[0]);
  const most = pages * 4096 + 256 * 2 ** 20;
  execFileSync('prlimit', ['--pid', String(process.pid), '--as=' + most]);
  await attempt('network', () => new Network({ inputs: 20000, hidden: [8000], outputs: 2 }));
  await attempt('trainer', () => new Trainer({ network: new Network({ inputs: 20000, hidden: [2500], outputs: 2 }), clusters: 2 }));
  await attempt('fit', () => new DeepType({ clusters: 2, hidden: [30000] }).fit(wide.X, wide.y));
  await attempt('batch', () => held.pretrain(wide.X, wide.y, { epochs: 1 }));
  await attempt('forward', () => new Network({ inputs: 2000, hidden: [40000], outputs: 4 }).forward(wide.X));
  await attempt('representation', () => network.representation(wide.X));
  await attempt('kmeans', () => new KMeans({ clusters: 2500, nInit: 1, maxIterations: 2 }).fit(wide.X));
  await attempt('kmeansAsync', () => new KMeans({ clusters: 2500, nInit: 1, maxIterations: 2 }).fitAsync(wide.X));
  const after = kept.assign(X);
  if (after.some((k, i) => k !== before[i])) throw new Error('the model has changed');
  await small().fit(X, y);
  console.log(JSON.stringify(told));
`;

describe.runIf(process.platform === 'linux' && hasLimit)('in an address space that ends', () => {
  it('every call is done or says ERR_OUT_OF_MEMORY, and the process goes on', async () => {
    const { status, output, errors } = await runProgram(STARVED);
    expect(errors).toBe('');
    expect(status).toBe(0);
    const told = JSON.parse(output) as string[];
    expect(told).toHaveLength(8);
    for (const line of told) expect(line).toMatch(/: (done|ERR_OUT_OF_MEMORY)$/);
    expect(told[0]).toBe('network: ERR_OUT_OF_MEMORY');
    expect(told[2]).toBe('fit: ERR_OUT_OF_MEMORY');
  });
});
