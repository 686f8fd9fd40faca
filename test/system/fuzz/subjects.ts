import fc from 'fast-check';
import { DeepType, type DeepTypeOptions, Network, Trainer } from '../../../src/index.js';
import { some } from './junk.js';
import { X, Y } from './tables.js';

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
export type Loose = (...args: unknown[]) => unknown;
export const loose = (f: unknown): Loose => f as Loose;
export const construct = (type: unknown, ...args: unknown[]): Record<string, Loose> =>
  Reflect.construct(type as new () => object, args) as Record<string, Loose>;

/** Calls the method, or reads the member that is none. */
function use(subject: object, member: string, args: Arguments): unknown {
  const value = Reflect.get(subject, member);
  return typeof value === 'function' ? value.apply(subject, args) : value;
}

/** A method or getter of one of the models. */
export function ofModel(member: string, ...args: fc.Arbitrary<unknown>[]): Callable {
  return {
    args: [model, ...args],
    call: (k, ...rest) => use(models[k as number]!, member, rest),
  };
}

/** A method of a new network, or of one that is disposed of. */
export function ofNetwork(member: string, ...args: fc.Arbitrary<unknown>[]): Callable {
  return {
    args: [fc.nat(4), ...args],
    call: (k, ...rest) => {
      const network = new Network({ inputs: 2, hidden: [3], outputs: 2, skip: k === 1 });
      if (k === 0) network.dispose();
      return use(network, member, rest);
    },
  };
}

/** A method or getter of a new trainer with mostly valid options. */
export function ofTrainer(member: string, ...args: fc.Arbitrary<unknown>[]): Callable {
  return {
    args: [some('cross-entropy', 'cross-entropy', 'mse', 'bce'), ...args],
    call: (name, ...rest) => {
      const network = new Network({ inputs: 2, hidden: [3], outputs: name === 'bce' ? 1 : 2 });
      return use(construct(Trainer, { network, clusters: 2, loss: name }), member, rest);
    },
  };
}

/** The getters of a class. */
export function read(
  type: string,
  getters: readonly string[],
  of: (member: string) => Callable,
): Record<string, Callable> {
  return Object.fromEntries(getters.map((name) => [`${type}.${name}`, of(name)]));
}
