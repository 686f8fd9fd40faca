// Uses the toys of toys.ts in a copy of the repository that has them; prints what it found.
import { DeepType, Network, Trainer } from '../../src/index.js';

const rows = 60;
const X = Array.from({ length: rows }, (_, i) =>
  Array.from({ length: 5 }, (_, j) => Math.sin(1 + 3 * i + 7 * j * (i + 1))),
);
const y = X.map(([a, b]) => a! - 2 * b!);

function trained(activation: string, options: object) {
  const network = new Network({ inputs: 5, hidden: [7, 4], outputs: 1, activation, seed: 4 });
  const trainer = new Trainer({ network, clusters: 1, loss: 'mse', weightDecay: 0, ...options });
  for (let t = 0; t < 20; t++) trainer.step(X, y);
  return { network, trainer };
}

function weights(options: object): number[][] {
  const { network } = trained('tanh', options);
  return network.parameters().map(({ data }) => Array.from(data));
}

const activated = new Network({
  inputs: 5,
  hidden: [6],
  outputs: 2,
  activation: 'softsign',
  seed: 1,
});
const { network, trainer } = trained('softsign', { loss: 'log-cosh', sparsity: { weight: 0 } });
const model = new DeepType({
  ...{ clusters: 2, hidden: [8, 4], loss: 'log-cosh', activation: 'softsign' },
  ...{ optimizer: { name: 'descent', learningRate: 0.05 }, sparsity: { penalty: 'double-lasso' } },
});
await model.fit(X, y);

process.stdout.write(
  JSON.stringify({
    X,
    y,
    activation: {
      parameters: activated.parameters().map(({ data }) => Array.from(data)),
      representation: Array.from(activated.representation(X).data),
    },
    loss: {
      outputs: Array.from(network.forward(X).data),
      value: trainer.computeLosses(X, y).primary,
      gradient: trainer.gradients(X, y).map(({ data }) => Array.from(data)),
      steps: lossesAround(),
    },
    penalties: [
      weights({ sparsity: { penalty: 'double-lasso', weight: 0.01 } }),
      weights({ sparsity: { penalty: 'group-lasso', weight: 0.02 } }),
    ],
    optimizers: ['descent', 'sgd'].map((name) =>
      weights({ optimizer: { name, learningRate: 0.05 }, sparsity: { weight: 0.01 } }),
    ),
    model: {
      score: model.score(X, y),
      residual: model.result.kktResidual,
      onnx: model.toONNX().length,
    },
  }),
);

/** The loss on either side of the first output bias. */
function lossesAround(): number[] {
  const step = 2 ** -8;
  return [step, -step].map((move) => {
    const moved = network.parameters();
    moved.at(-1)!.data[0]! += move;
    network.load(moved);
    const { primary } = trainer.computeLosses(X, y);
    moved.at(-1)!.data[0]! -= move;
    network.load(moved);
    return primary;
  });
}
