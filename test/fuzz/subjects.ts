import fc from 'fast-check';
import { DeepType, type DeepTypeOptions, Network, Trainer } from '../../src/index.js';
import { some, X, Y } from './junk.js';

type Arguments = unknown[];
export interface Callable {
  readonly args: fc.Arbitrary<unknown>[];
  call(...args: Arguments): unknown;
}

export const TINY: DeepTypeOptions = {
  clusters: 2,
  hidden: [3],
  pretrain: { epochs: 1 },
  joint: { epochs: 1 },
  settle: { iterations: 2 },
};
const models: DeepType[] = [];
export async function fitModels(): Promise<void> {
  const [fitted, regression, unfitted, disposed] = [
    new DeepType(TINY),
    new DeepType({ ...TINY, loss: 'mse' }),
    new DeepType(TINY),
    new DeepType(TINY),
  ];
  await fitted.fit(X, Y);
  await regression.fit(X, Float32Array.from(Y));
  disposed.dispose();
  models.push(fitted, fitted, regression, unfitted, disposed);
}

const model = fc.constantFrom(0, 1, 2, 3, 4);

/** A function of anything; the addon must bear what the types forbid. */
type Loose = (...args: unknown[]) => unknown;
export const loose = (f: unknown): Loose => f as Loose;
export const construct = (type: unknown, ...args: unknown[]): Record<string, Loose> =>
  Reflect.construct(type as new () => object, args) as Record<string, Loose>;

/** A method of one of the models. */
export function ofModel(method: string, ...args: fc.Arbitrary<unknown>[]): Callable {
  return {
    args: [model, ...args],
    call: (k, ...rest) => {
      const subject = models[k as number] as unknown as Record<string, Loose>;
      return subject[method]!(...rest);
    },
  };
}

/** A method of a new trainer with mostly valid options. */
export function ofTrainer(method: string, ...args: fc.Arbitrary<unknown>[]): Callable {
  return {
    args: [some('cross-entropy', 'cross-entropy', 'mse', 'bce'), ...args],
    call: (name, ...rest) => {
      const network = new Network({ inputs: 2, hidden: [3], outputs: name === 'bce' ? 1 : 2 });
      const trainer = construct(Trainer, { network, clusters: 2, loss: name });
      return trainer[method]!(...rest);
    },
  };
}
