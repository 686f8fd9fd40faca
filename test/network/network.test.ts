import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { type ActivationName, Network } from '../../src/index.js';
import { encodeSafetensors, type Tensor } from '../../src/io/safetensors.js';
import { ACTIVATION_NAMES } from '../../src/network/activations.js';
import { readFixture } from '../parity/read-fixture.js';

interface Fixture {
  networks: {
    activation: ActivationName;
    hidden: number[];
    names: string[];
    file: string;
    X: number[][];
    outputs: number[][];
  }[];
}

const folder = mkdtempSync(join(tmpdir(), 'deeptype-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a PyTorch state dict', () => {
  const { networks } = readFixture<Fixture>('safetensors.json');

  it.each(networks)('$activation, $names.0: computes what PyTorch computes', async (truth) => {
    const { activation, X, outputs } = truth;
    const path = join(folder, 'torch.safetensors');
    writeFileSync(path, Buffer.from(truth.file, 'base64'));
    const bytes = new Uint8Array(Buffer.from(truth.file, 'base64'));
    for (const source of [path, pathToFileURL(path), bytes]) {
      const network = await Network.load(source, { activation });
      expect(network.hidden).toEqual(truth.hidden);
      const found = network.forward(X).toArray();
      found.forEach((row, i) => {
        row.forEach((value, c) => {
          expect(value).toBeCloseTo(outputs[i]![c]!, 5);
        });
      });
      network.dispose();
    }
  });
});

describe('save', () => {
  it.each(ACTIVATION_NAMES)('%s: comes back equal to the bit', async (activation) => {
    const path = join(folder, 'saved.safetensors');
    const network = new Network({ inputs: 7, hidden: [5, 4], outputs: 3, activation, seed: 3 });
    await network.save(path);
    const again = await Network.load(path);
    expect(again.activation).toBe(activation);
    expect(again.parameters()).toEqual(network.parameters());
    network.dispose();
    await expect(network.save(path)).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
  });
});

describe('other files', () => {
  const tensor = (...shape: number[]): Tensor => {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.5);
    return { shape, data };
  };
  const load = (tensors: Record<string, Tensor>, options = {}) =>
    Network.load(encodeSafetensors(new Map(Object.entries(tensors))), options);
  const two = { '0.weight': tensor(3, 2), '2.weight': tensor(1, 3) };

  it('may lack biases, which are then 0', async () => {
    const network = await load(two);
    expect(network.forward([[1, 1]]).toArray()).toEqual([[1.5]]);
  });

  it('may name the order of their layers', async () => {
    const named = { 'z.weight': tensor(3, 2), 'a.weight': tensor(1, 3), count: tensor(1) };
    const network = await load(named, { layers: ['z', 'a'] });
    expect([network.inputs, ...network.hidden, network.outputs]).toEqual([2, 3, 1]);
  });

  it.each<[string, Record<string, Tensor>]>([
    ['one layer', { '0.weight': tensor(3, 2) }],
    ['nothing', {}],
    ['a normalisation', { ...two, '1.weight': tensor(3), '1.bias': tensor(3) }],
    ['running averages', { ...two, '1.running_mean': tensor(3) }],
    ['a convolution', { ...two, '0.weight': tensor(3, 2, 1) }],
    ['layers that do not fit', { ...two, '2.weight': tensor(1, 4) }],
    ['a bias that does not fit', { ...two, '2.bias': tensor(2) }],
    ['a bias without a weight', { ...two, '3.bias': tensor(1) }],
    ['integers', { ...two, '2.weight': { shape: [1, 3], data: new Int32Array(3) } }],
    ['no inputs', { ...two, '0.weight': tensor(3, 0) }],
    [
      'too many layers',
      Object.fromEntries(Array.from({ length: 66 }, (_, l) => [`${l}.weight`, tensor(2, 2)])),
    ],
  ])('%s', async (_, tensors) => {
    await expect(load(tensors)).rejects.toMatchObject({ code: 'ERR_CORRUPT_FILE' });
  });

  it('weights that are not finite', async () => {
    const bad = { shape: [1, 3], data: Float32Array.of(1, Number.NaN, 0) };
    await expect(load({ ...two, '2.weight': bad })).rejects.toMatchObject({
      code: 'ERR_NON_FINITE_INPUT',
    });
  });

  it('bad arguments', async () => {
    for (const source of ['', 3, new URL('http://localhost/x'), undefined]) {
      await expect(Network.load(source as string)).rejects.toMatchObject({
        code: 'ERR_INVALID_ARGUMENT',
      });
    }
    const options = [{ activation: 'swish' }, { layers: 'a' }, { layers: ['0'] }, { hidden: [3] }];
    for (const option of options) {
      await expect(load(two, option)).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
    }
    await expect(Network.load(join(folder, 'no'))).rejects.toMatchObject({ code: 'ERR_IO' });
  });
});
