/**
 * Philox4x32-10 (Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3"):
 * a counter-based generator that draws the same numbers as the native core. A number depends on
 * (seed, stream, position) alone.
 */
import { forSlices, runSync, SLICE_ROWS, type Sliced } from './time-slices.js';

const TWO_32 = 2 ** 32;
const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;

/** The block of four 32-bit numbers at `counter` (four words) of the generator `key` (two words). */
export function philox4x32(counter: ArrayLike<number>, key: ArrayLike<number>): Uint32Array {
  const block = Uint32Array.from(counter);
  let [k0, k1] = [key[0]!, key[1]!];
  for (let round = 0; round < ROUNDS; round++) {
    const [c0, c1, c2, c3] = [block[0]!, block[1]!, block[2]!, block[3]!];
    block[0] = high(MULTIPLIER_1, c2) ^ c1 ^ k0;
    block[1] = Math.imul(MULTIPLIER_1, c2);
    block[2] = high(MULTIPLIER_0, c0) ^ c3 ^ k1;
    block[3] = Math.imul(MULTIPLIER_0, c0);
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  return block;
}

/** The upper 32 bits of the product of two 32-bit numbers; every step is exact in a double. */
function high(a: number, b: number): number {
  const lower = a * (b & 0xffff);
  const upper = a * (b >>> 16);
  return Math.floor((upper + Math.floor(lower / 65536)) / 65536);
}

/** A reproducible sequence of random numbers: equal seed and stream, equal numbers. */
export class Random {
  readonly #key: readonly [number, number];
  readonly #stream: readonly [number, number];
  #position: number;
  #block: Uint32Array = new Uint32Array(4);
  #spare: number | undefined;

  /**
   * @param seed which generator: an integer from 0 to 2^53 - 1
   * @param stream which of the independent sequences of that generator: likewise
   * @param position how many 32-bit numbers of the sequence to skip
   */
  constructor(seed: number, stream = 0, position = 0) {
    this.#key = words(seed);
    this.#stream = words(stream);
    this.#position = position;
    if (position % 4 !== 0) this.#fill();
  }

  /** Position in the sequence of the next 32-bit number. */
  get position(): number {
    return this.#position;
  }

  /** Uniform on the integers 0 .. 2^32 - 1. */
  next(): number {
    const slot = this.#position % 4;
    if (slot === 0) this.#fill();
    this.#position++;
    return this.#block[slot]!;
  }

  /** Uniform on [0, 1), 53 bits. */
  uniform(): number {
    const upper = this.next() >>> 5;
    const lower = this.next() >>> 6;
    return (upper * 2 ** 26 + lower) / 2 ** 53;
  }

  /** Standard normal (Box-Muller; both values of a pair are used). */
  normal(): number {
    if (this.#spare !== undefined) {
      const value = this.#spare;
      this.#spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /**
   * Uniform on 0 .. bound - 1 without bias, for an integer bound from 1 to 2^32 - 1 (Lemire 2019: the
   * high half of a product, its few biased low halves rejected).
   */
  below(bound: number): number {
    const rejected = TWO_32 % bound;
    for (;;) {
      const value = this.next();
      if (Math.imul(value, bound) >>> 0 >= rejected) return high(value, bound);
    }
  }

  /** Puts `values` in random order in place (Fisher-Yates) and returns them. */
  shuffle<T extends Int32Array | Uint32Array>(values: T): T {
    return runSync(this.shuffling(values));
  }

  /** As `shuffle`, in slices. */
  *shuffling<T extends Int32Array | Uint32Array>(values: T): Sliced<T> {
    const { length } = values;
    yield* forSlices(
      length,
      (from, end) => {
        for (let i = length - 1 - from; i >= length - end && i > 0; i--) {
          const j = this.below(i + 1);
          const value = values[i]!;
          values[i] = values[j]!;
          values[j] = value;
        }
      },
      SLICE_ROWS / 8,
    );
    return values;
  }

  /** The integers 0 .. count - 1 in random order. */
  permutation(count: number): Int32Array {
    return this.shuffle(Int32Array.from({ length: count }, (_, i) => i));
  }

  #fill(): void {
    const counter = [...words(Math.floor(this.#position / 4)), ...this.#stream];
    this.#block = philox4x32(counter, this.#key);
  }
}

/** The lower and the upper 32 bits of an integer below 2^53. */
function words(value: number): [number, number] {
  return [value % TWO_32, Math.floor(value / TWO_32)];
}
