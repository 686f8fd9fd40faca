import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Network, type OptimizerOptions, type Parameter, Trainer } from '../../src/index.js';
import { assertProperty } from '../properties/assert-property.js';
import { drawTable, drawTensors, generator } from '../reference/draw.js';
import { smoothGradient } from '../reference/gradients.js';
import { type Objective, PENALTIES, type Penalty } from '../reference/objective.js';
import { prox } from '../reference/penalties.js';
import { type Layer, layersOf, outgoing, type Tensor, tensorsOf } from '../reference/tensors.js';
import { norm } from '../reference/vectors.js';

/** Of a step, elementwise: the optimiser's own arithmetic in float32. */
const STEP_ERROR = 2e-5;
/** Of a weight, whose every sum is rounded to 6e-8. */
const WEIGHT_ERROR = 1.2e-7;

interface Settings {
  optimizer: OptimizerOptions;
  penalty: Penalty;
  alpha: number;
  l1Ratio: number;
  weightDecay: number;
  solver: 'proximal' | 'subgradient';
}

// ---- the papers, in float64

/** One tensor's state; a rule turns its gradient into the displacement of its weights. */
type Rule = (g: Float64Array) => Float64Array;

/** Kingma & Ba 2015, algorithm 1. */
function adam(size: number, o: Unclipped): Rule {
  const m = new Float64Array(size);
  const v = new Float64Array(size);
  let t = 0;
  return (g) => {
    t++;
    return g.map((slope, i) => {
      m[i] = o.beta1 * m[i]! + (1 - o.beta1) * slope;
      v[i] = o.beta2 * v[i]! + (1 - o.beta2) * slope ** 2;
      const first = m[i]! / (1 - o.beta1 ** t);
      const second = v[i]! / (1 - o.beta2 ** t);
      return (-o.learningRate * first) / (Math.sqrt(second) + o.epsilon);
    });
  };
}

/** Polyak's and Nesterov's momentum in the form of Sutskever et al. 2013 that PyTorch has. */
function sgd(size: number, o: Unclipped): Rule {
  const velocity = new Float64Array(size);
  return (g) =>
    g.map((slope, i) => {
      velocity[i] = o.momentum * velocity[i]! + slope;
      return -o.learningRate * (o.nesterov ? slope + o.momentum * velocity[i]! : velocity[i]!);
    });
}

/** The displacement of one input's outgoing weights by one step size, and that step size. */
type GroupRule = (g: Float64Array) => { displacement: Float64Array; stepSize: number };

/** Adam whose second moment is one number, the moving mean of the group's mean squared gradient. */
function adamOfGroup(size: number, o: Unclipped): GroupRule {
  const m = new Float64Array(size);
  let v = 0;
  let t = 0;
  return (g) => {
    t++;
    const meanSquare = g.reduce((sum, slope) => sum + slope ** 2, 0) / size;
    v = o.beta2 * v + (1 - o.beta2) * meanSquare;
    const stepSize = o.learningRate / (Math.sqrt(v / (1 - o.beta2 ** t)) + o.epsilon);
    const displacement = g.map((slope, i) => {
      m[i] = o.beta1 * m[i]! + (1 - o.beta1) * slope;
      return (-stepSize * m[i]!) / (1 - o.beta1 ** t);
    });
    return { displacement, stepSize };
  };
}

/** Clipping is held against PyTorch's, in parity/torch.test.ts. */
type Unclipped = Required<Omit<OptimizerOptions, 'maxGradientNorm'>>;

function sgdOfGroup(size: number, o: Unclipped): GroupRule {
  const rule = sgd(size, o);
  return (g) => ({ displacement: rule(g), stepSize: o.learningRate / (1 - o.momentum) });
}

const DEFAULTS: Unclipped = {
  name: 'adam',
  learningRate: 1e-3,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  momentum: 0,
  nesterov: false,
};

/** The weights after a step from `before` on the gradients, tensor by tensor. */
class Reference {
  readonly #settings: Settings;
  readonly #rules: Rule[];
  /** One an input. */
  readonly #groups: GroupRule[];

  constructor(settings: Settings, tensors: readonly Tensor[]) {
    const options = { ...DEFAULTS, ...settings.optimizer };
    const isAdam = options.name === 'adam';
    this.#settings = settings;
    this.#rules = tensors.map(({ data }) => (isAdam ? adam : sgd)(data.length, options));
    const [width, inputs] = tensors[0]!.shape as [number, number];
    const rule = isAdam ? adamOfGroup : sgdOfGroup;
    this.#groups = Array.from({ length: inputs }, () => rule(width, options));
  }

  /** `gradients` are those of the smooth part. */
  step(before: readonly Tensor[], gradients: readonly Float64Array[]): Float64Array[] {
    const { weightDecay, solver } = this.#settings;
    return before.map(({ name, data }, k) => {
      const w = Float64Array.from(data);
      const g = gradients[k]!;
      if (k > 0 && name.endsWith('weight')) {
        const decayed = g.map((slope, i) => slope + weightDecay * w[i]!);
        return add(w, this.#rules[k]!(decayed));
      }
      if (k > 0) return add(w, this.#rules[k]!(g));
      if (solver === 'subgradient') return add(w, this.#rules[0]!(this.#penalised(before[0]!, g)));
      return this.#proximal(layersOf(before)[0]!, { ...layersOf(before)[0]!, weight: g });
    });
  }

  /** w_j = prox(w_j - step(g_j)) for every input j. */
  #proximal(layer: Layer, gradient: Layer): Float64Array {
    const { penalty, alpha, l1Ratio } = this.#settings;
    const weight = layer.weight.slice();
    this.#groups.forEach((rule, j) => {
      const w = Float64Array.from(outgoing(layer, j));
      const { displacement, stepSize } = rule(Float64Array.from(outgoing(gradient, j)));
      const moved = [...add(w, displacement)];
      prox(penalty, l1Ratio, moved, stepSize * alpha).forEach((v, o) => {
        weight[o * layer.inputs + j] = v;
      });
    });
    return weight;
  }

  /** g + alpha w_j / |w_j|_2, the subgradient of the group lasso. */
  #penalised({ shape, data }: Tensor, g: Float64Array): Float64Array {
    const inputs = shape[1]!;
    const squares = new Float64Array(inputs);
    data.forEach((v, k) => {
      squares[k % inputs]! += v ** 2;
    });
    return g.map((v, k) => v + (this.#settings.alpha * data[k]!) / Math.sqrt(squares[k % inputs]!));
  }
}

const add = (a: Float64Array, b: Float64Array): Float64Array => a.map((v, i) => v + b[i]!);

// ---- ours

const smooth: Objective = {
  activation: 'tanh',
  loss: 'mse',
  metric: 'squared-euclidean',
  penalty: 'group-lasso',
  l1Ratio: 0.5,
  alpha: 0,
  beta: 0.3,
};

/** A trainer, one without a penalty that shows its smooth gradients, and batches for both. */
class Subject {
  readonly network: Network;
  readonly trainer: Trainer;
  readonly #probe: Trainer;
  readonly #draw: () => number;
  readonly #widths: readonly number[];

  constructor(settings: Settings, widths: readonly number[], seed: number) {
    const { optimizer, penalty, alpha, l1Ratio, weightDecay, solver } = settings;
    this.#widths = widths;
    this.#draw = generator(seed);
    this.network = new Network({
      inputs: widths[0]!,
      hidden: widths.slice(1, -1),
      outputs: widths.at(-1)!,
      activation: smooth.activation,
    });
    this.network.load(drawTensors(this.#draw, widths, 1.5));
    const common = {
      network: this.network,
      clusters: 1,
      loss: smooth.loss,
      distance: { metric: smooth.metric, weight: smooth.beta },
    };
    this.trainer = new Trainer({
      ...common,
      optimizer,
      sparsity: { penalty, weight: alpha, l1Ratio, solver },
      weightDecay,
    });
    this.#probe = new Trainer({ ...common, sparsity: { weight: 0 } });
  }

  batch(rows = 7) {
    const [inputs, width, outputs] = [this.#widths[0]!, this.#widths.at(-2)!, this.#widths.at(-1)!];
    return {
      x: drawTable(this.#draw, rows, inputs, 2),
      y: drawTable(this.#draw, rows, outputs, 2),
      centers: drawTable(this.#draw, 1, width, 1),
    };
  }

  gradients(b: ReturnType<Subject['batch']>): Parameter[] {
    return this.#probe.gradients(b.x, b.y, b.centers);
  }

  dispose(): void {
    this.trainer.dispose();
    this.#probe.dispose();
    this.network.dispose();
  }
}

/** What cancels within a velocity or at a threshold is known to 1e-6 of the learning rate. */
function expectStep(
  after: readonly Tensor[],
  before: readonly Tensor[],
  expected: readonly Float64Array[],
  { learningRate = DEFAULTS.learningRate }: OptimizerOptions,
): void {
  after.forEach(({ name, data }, k) => {
    data.forEach((w, i) => {
      const from = before[k]!.data[i]!;
      const to = expected[k]![i]!;
      const bound =
        STEP_ERROR * Math.abs(to - from) + WEIGHT_ERROR * (Math.abs(from) + Math.abs(to));
      const error = Math.abs(w - to);
      if (!(error <= bound + 1e-6 * learningRate))
        expect(error, `${name}[${i}]: ${w}, not ${to}`).toBe(0);
    });
  });
}

/** Each step is the reference's from the weights and gradients that it found. */
function followStepByStep(settings: Settings, widths: number[], seed: number, steps: number): void {
  const subject = new Subject(settings, widths, seed);
  try {
    const { network, trainer } = subject;
    const reference = new Reference(settings, network.parameters());
    for (let k = 0; k < steps; k++) {
      const b = subject.batch();
      const before = network.parameters();
      const gradients = subject.gradients(b).map(({ data }) => Float64Array.from(data));
      trainer.step(b.x, b.y, b.centers);
      const expected = reference.step(before, gradients);
      expectStep(network.parameters(), before, expected, settings.optimizer);
    }
  } finally {
    subject.dispose();
  }
}

const OPTIMIZERS: OptimizerOptions[] = [
  { name: 'adam' },
  { name: 'adam', learningRate: 0.05, beta1: 0.5, beta2: 0.9, epsilon: 1e-3 },
  { name: 'adam', learningRate: 0.01, beta1: 0 },
  { name: 'sgd', learningRate: 0.1 },
  { name: 'sgd', learningRate: 0.05, momentum: 0.9 },
  { name: 'sgd', learningRate: 0.05, momentum: 0.6, nesterov: true },
];

const proximal: Omit<Settings, 'optimizer'> = {
  penalty: 'group-lasso',
  alpha: 0,
  l1Ratio: 0.5,
  weightDecay: 0.1,
  solver: 'proximal',
};

describe.each(OPTIMIZERS)('%o', (optimizer) => {
  it('takes the steps of the paper in the later layers and the biases', () => {
    followStepByStep({ ...proximal, optimizer }, [5, 9, 3, 2], 1, 12);
  });

  it('the subgradient solver takes them in the first layer too', () => {
    const settings = { ...proximal, optimizer, alpha: 0.2, solver: 'subgradient' } as const;
    followStepByStep(settings, [5, 9, 3, 2], 2, 12);
  });

  it('any shape', () => {
    const widths = fc.array(fc.integer({ min: 1, max: 18 }), { minLength: 3, maxLength: 5 });
    const property = fc.property(widths, fc.nat(), (w, seed) => {
      // A slope that cancels against the decay is all rounding, which Adam scales up to full steps.
      followStepByStep({ ...proximal, optimizer, weightDecay: 0 }, w, seed, 3);
    });
    assertProperty(property, { numRuns: 25 });
  });
});

describe('the proximal solver', () => {
  const withoutMomentum = OPTIMIZERS.filter(({ momentum = 0 }) => momentum === 0);

  it.each(
    withoutMomentum.flatMap((optimizer) =>
      PENALTIES.map((penalty) => [penalty, optimizer] as const),
    ),
  )('%s takes one step size an input and the prox by it, under %o', (penalty, optimizer) => {
    followStepByStep({ ...proximal, optimizer, penalty, alpha: 0.05 }, [6, 7, 4, 2], 3, 12);
  });

  it("is not Adam's step in the first layer: an input moves along its gradient", () => {
    const settings: Settings = { ...proximal, optimizer: { name: 'adam', learningRate: 0.01 } };
    const subject = new Subject(settings, [4, 6, 3, 2], 9);
    const b = subject.batch();
    const before = subject.network.parameters();
    const [weight, bias] = subject.gradients(b) as [Tensor, Tensor];
    subject.trainer.step(b.x, b.y, b.centers);
    const after = subject.network.parameters();
    const moved = (k: number) => after[k]!.data.map((w, i) => w - before[k]!.data[i]!);
    const sizes = [0, 1, 2, 3].map(
      (j) => norm(outgoing(layersOf([weight, bias])[0]!, j)) / Math.sqrt(6),
    );
    moved(0).forEach((d, k) => {
      expect(d).toBeCloseTo((-0.01 * weight.data[k]!) / sizes[k % 4]!, 6);
    });
    // Adam's first step: the learning rate against the sign.
    moved(1).forEach((d, i) => {
      expect(d).toBeCloseTo(-0.01 * Math.sign(bias.data[i]!), 6);
    });
    subject.dispose();
  });
});

describe('a trajectory of 30 steps', () => {
  it.each(OPTIMIZERS)('follows float64, gradients and all, under %o', (optimizer) => {
    const settings: Settings = { ...proximal, optimizer };
    const subject = new Subject(settings, [4, 8, 3, 2], 17);
    let tensors: Tensor[] = subject.network.parameters();
    const reference = new Reference(settings, tensors);
    // Float64 weights in the place of float32 ones: only read.
    const asTensors = (arrays: Float64Array[]): Tensor[] =>
      tensors.map((t, k) => ({ ...t, data: arrays[k] as unknown as Float32Array }));
    for (let k = 0; k < 30; k++) {
      const b = subject.batch(20);
      subject.trainer.step(b.x, b.y, b.centers);
      const labels = b.x.map(() => 0);
      const layers = layersOf(tensors);
      const gradients = tensorsOf(smoothGradient(smooth, layers, b, labels));
      tensors = asTensors(reference.step(tensors, gradients));
    }
    subject.network.parameters().forEach(({ name, data }, k) => {
      const theirs = tensors[k]!.data;
      const scale = theirs.reduce((largest, w) => Math.max(largest, Math.abs(w)), 0);
      const worst = data.reduce((error, w, i) => Math.max(error, Math.abs(w - theirs[i]!)), 0);
      expect(worst / scale, name).toBeLessThan(2e-5);
    });
    subject.dispose();
  });
});
