import type { Tensor } from './tensors.js';

/** Uniform numbers in [0, 1) (mulberry32). */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Uniform on +-scale, rounded to float32 so that nothing is lost on the way in. */
export function drawTable(draw: () => number, rows: number, columns: number, scale: number) {
  return Array.from({ length: rows }, () =>
    Array.from({ length: columns }, () => Math.fround(scale * (2 * draw() - 1))),
  );
}

/** Layers of the given widths with weights and biases uniform on +-gain/sqrt(inputs). */
export function drawTensors(draw: () => number, widths: readonly number[], gain: number): Tensor[] {
  return widths.slice(1).flatMap((out, l) => {
    const inputs = widths[l]!;
    const bound = gain / Math.sqrt(inputs);
    const fill = (size: number) =>
      Float32Array.from({ length: size }, () => bound * (2 * draw() - 1));
    return [
      { name: `layers.${l}.weight`, shape: [out, inputs], data: fill(out * inputs) },
      { name: `layers.${l}.bias`, shape: [out], data: fill(out) },
    ];
  });
}
