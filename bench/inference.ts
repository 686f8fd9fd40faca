import type { Tensor } from '@tensorflow/tfjs-core';
import { DeepType, datasets, Matrix, Network, type Parameter } from '../src/index.js';
import type { Contender, Outcome, Running, Workload } from './harness.js';
import { PeerAbsent } from './peer.js';

const INPUTS = 20;
const HIDDEN = [64, 64, 32];
const OUTPUTS = 5;
const TOLERANCE = 1e-5;
/** Of calls in one run. */
const MILLISECONDS = 200;

interface Setting {
  readonly X: Matrix;
  readonly parameters: readonly Parameter[];
  /** The same network as an ONNX file. */
  readonly onnx: Uint8Array;
  /** What every contender must put out, from `Network.forward`. */
  readonly expected: Float32Array;
}

/** One call of a trained network on 1, 64 and 1024 rows. */
export function inferenceWorkloads(): Workload[] {
  return [1, 64, 1024].map(workload);
}

function workload(rows: number): Workload {
  const setting = settle(rows);
  const counts = rows === 1 ? [1] : [1, 2];
  const widths = [INPUTS, ...HIDDEN, OUTPUTS];
  const weights = widths.slice(1).reduce((sum, width, l) => sum + width * widths[l]!, 0);
  return {
    name: `inference, ${rows} ${rows === 1 ? 'row' : 'rows'}`,
    description:
      `One call for ${rows} of 20 inputs, network ${widths.join('-')} ReLU, the same weights for all, outputs ` +
      `equal to ${TOLERANCE}. 'classes' is \`predict(X, { out })\` of a classifier, 'values' of a regression, ` +
      'which puts out what the others do.',
    work: { flops: 2 * weights * rows },
    contenders: [
      ...counts.map((threads) => ours(setting, 'classes', threads)),
      ...counts.map((threads) => ours(setting, 'values', threads)),
      ...counts.map((threads) => onnxRuntime(setting, threads)),
      tensorFlow(setting),
    ],
    check,
  };
}

function settle(rows: number): Setting {
  const { X } = datasets.makeClusters({ samples: rows, features: INPUTS, clusters: 1, seed: 1 });
  const network = new Network({ inputs: INPUTS, hidden: HIDDEN, outputs: OUTPUTS, seed: 0 });
  const setting = {
    X,
    parameters: network.parameters(),
    onnx: network.toONNX(),
    expected: network.forward(X).data,
  };
  network.dispose();
  return setting;
}

function ours({ X, parameters, expected }: Setting, kind: 'classes' | 'values', threads: number) {
  const open = async (): Promise<Running> => {
    const model = await fitted(kind, threads);
    model.network.load(parameters);
    const isClass = kind === 'classes';
    const out = isClass ? new Int32Array(X.rows) : new Float32Array(X.rows * OUTPUTS);
    const wanted = isClass ? largest(expected) : expected;
    return {
      run: async () => {
        const seconds = perCall(() => model.predict(X, { out }));
        return { seconds, facts: { difference: difference(out, wanted) } };
      },
      close: () => model.dispose(),
    };
  };
  return { name: `deeptype predict, ${kind}, ${threads}T`, threads, open };
}

/** Fitted for an epoch only: its weights are replaced. */
async function fitted(kind: 'classes' | 'values', threads: number): Promise<DeepType> {
  const { X, y } = datasets.makeClusters({ samples: 100, features: INPUTS, clusters: OUTPUTS });
  const model = new DeepType({
    clusters: OUTPUTS,
    hidden: HIDDEN,
    loss: kind === 'classes' ? 'cross-entropy' : 'mse',
    standardize: false,
    pretrain: { epochs: 1 },
    joint: { epochs: 1 },
    settle: { iterations: 0 },
    threads,
  });
  const values = new Float32Array(X.rows * OUTPUTS);
  for (const [i, label] of y.entries()) values[i * OUTPUTS + label] = 1;
  await model.fit(X, kind === 'classes' ? y : new Matrix(values, X.rows, OUTPUTS));
  return model;
}

function onnxRuntime({ X, onnx, expected }: Setting, threads: number): Contender {
  const open = async (): Promise<Running> => {
    const ort = await import('onnxruntime-node').catch((error: unknown) => {
      throw absent('onnxruntime-node', error);
    });
    const session = await ort.InferenceSession.create(onnx, {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
    });
    const input = new ort.Tensor('float32', X.data, [X.rows, X.columns]);
    const infer = () => session.run({ input }, ['output']);
    return {
      versions: { 'onnxruntime-node': ort.env.versions.node ?? 'unknown' },
      run: async () => {
        const seconds = await perCallAsync(infer);
        const { output } = await infer();
        const found = output!.data as Float32Array;
        return { seconds, facts: { difference: difference(found, expected) } };
      },
      close: () => void session.release(),
    };
  };
  return { name: `onnxruntime-node, ${threads}T`, threads, open };
}

function tensorFlow({ X, parameters, expected }: Setting): Contender {
  const open = async (): Promise<Running> => {
    const tf = await import('@tensorflow/tfjs-core').catch((error: unknown) => {
      throw absent('tfjs-core', error);
    });
    await import('@tensorflow/tfjs-backend-wasm').catch((error: unknown) => {
      throw absent('tfjs-backend-wasm', error);
    });
    if (!(await tf.setBackend('wasm'))) throw new PeerAbsent('its wasm backend does not start');
    const tensors = parameters.map(({ shape, data }) =>
      shape.length === 2
        ? tf.transpose(tf.tensor2d(data, [shape[0]!, shape[1]!]))
        : tf.tensor1d(data),
    );
    const last = tensors.length - 2;
    const infer = () => {
      const outputs = tf.tidy(() => {
        let h: Tensor = tf.tensor2d(X.data, [X.rows, X.columns]);
        for (let i = 0; i < tensors.length; i += 2) {
          const activation = i === last ? ('linear' as const) : ('relu' as const);
          h = tf.fused.matMul({ a: h, b: tensors[i]!, bias: tensors[i + 1]!, activation });
        }
        return h;
      });
      const data = outputs.dataSync<'float32'>();
      outputs.dispose();
      return data;
    };
    return {
      versions: { 'tfjs-wasm': tf.version_core },
      run: async () => {
        const seconds = perCall(infer);
        return { seconds, facts: { difference: difference(infer(), expected) } };
      },
      close: () => tf.dispose(tensors),
    };
  };
  return { name: 'tfjs-wasm, 1T', threads: 1, open };
}

function absent(name: string, error: unknown): PeerAbsent {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'an error';
  return new PeerAbsent(`${name} does not load: ${code}`);
}

function perCall(body: () => unknown): number {
  const began = performance.now();
  for (let calls = 0; ; ) {
    for (let i = 0; i < 16; i++) body();
    calls += 16;
    const elapsed = performance.now() - began;
    if (elapsed >= MILLISECONDS) return elapsed / 1000 / calls;
  }
}

async function perCallAsync(body: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  for (let calls = 0; ; ) {
    for (let i = 0; i < 16; i++) await body();
    calls += 16;
    const elapsed = performance.now() - began;
    if (elapsed >= MILLISECONDS) return elapsed / 1000 / calls;
  }
}

function largest(outputs: Float32Array): Int32Array {
  return Int32Array.from({ length: outputs.length / OUTPUTS }, (_, i) => {
    const row = outputs.subarray(i * OUTPUTS, (i + 1) * OUTPUTS);
    return row.indexOf(Math.max(...row));
  });
}

/** The largest, of all values. */
function difference(a: Float32Array | Int32Array, b: Float32Array | Int32Array): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!));
  return most;
}

function check(facts: ReadonlyMap<string, Outcome['facts']>): string[] {
  return [...facts]
    .filter(([, { difference: most = Number.NaN }]) => !(most <= TOLERANCE))
    .map(([name, { difference: most }]) => `${name}: an output differs by ${most}`);
}
