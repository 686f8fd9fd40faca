import type { Activation, Table } from './objective.js';
import type { Layer } from './tensors.js';

const TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI);

/** 1 - erf(x), for every x to about 1e-15 relative. */
export function erfc(x: number): number {
  if (x < 0) return 2 - erfc(-x);
  if (x < 2) {
    // erf(x) = 2/sqrt(pi) exp(-x^2) sum_n 2^n x^(2n+1) / (2n+1)!!: all terms are positive
    let term = x;
    let sum = x;
    for (let n = 1; term > sum * 1e-18; n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return 1 - TWO_OVER_ROOT_PI * Math.exp(-x * x) * sum;
  }
  // exp(-x^2)/sqrt(pi) * 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + ...)))), from the far end
  let tail = x;
  for (let n = 200; n >= 1; n--) tail = x + n / 2 / tail;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / tail;
}

export function activate(name: Activation, z: number): number {
  switch (name) {
    case 'relu':
      return Math.max(z, 0);
    case 'leaky-relu':
      return z > 0 ? z : 0.01 * z;
    case 'sigmoid':
      return 1 / (1 + Math.exp(-z));
    case 'tanh':
      return Math.tanh(z);
    case 'gelu':
      return (z * erfc(-z / Math.SQRT2)) / 2;
    case 'identity':
      return z;
  }
}

/** The derivative of `activate`; at a kink that of the left side. */
export function slope(name: Activation, z: number): number {
  switch (name) {
    case 'relu':
      return z > 0 ? 1 : 0;
    case 'leaky-relu':
      return z > 0 ? 1 : 0.01;
    case 'sigmoid': {
      const s = 1 / (1 + Math.exp(-z));
      return s * (1 - s);
    }
    case 'tanh':
      return 1 - Math.tanh(z) ** 2;
    case 'gelu':
      return erfc(-z / Math.SQRT2) / 2 + (z * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI);
    case 'identity':
      return 1;
  }
}

export interface Passes {
  /** Pre-activations of every layer, the outputs last. */
  readonly z: number[][][];
  /** X, then the activations of every hidden layer, the representation last. */
  readonly h: Table[];
}

export function forward(layers: readonly Layer[], activation: Activation, x: Table): Passes {
  const z: number[][][] = [];
  const h: Table[] = [x];
  layers.forEach(({ inputs, outputs, weight, bias }, l) => {
    const before = h[l]!;
    const sums = before.map((row) => {
      const out = new Array<number>(outputs);
      for (let o = 0; o < outputs; o++) {
        let sum = bias[o]!;
        for (let i = 0; i < inputs; i++) sum += weight[o * inputs + i]! * row[i]!;
        out[o] = sum;
      }
      return out;
    });
    z.push(sums);
    if (l + 1 < layers.length) h.push(sums.map((row) => row.map((v) => activate(activation, v))));
  });
  return { z, h };
}
