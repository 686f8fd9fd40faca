/** Choices read from bytes, which a fuzzer can change one by one; after their end, the first of each. */
export class Choices {
  readonly #bytes: Uint8Array;
  #at = 0;
  /** What a getter among the arguments does beside. */
  reenter: () => void = () => {};

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isOver(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** 0 to `bound` - 1. */
  below(bound: number): number {
    return (this.#bytes[this.#at++] ?? 0) % bound;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }

  /** Now and then, by the bytes, something else than what is right. */
  mostly<T>(right: T, other: () => unknown): T {
    return this.below(24) === 23 ? (other() as T) : right;
  }

  array<T>(length: number, one: () => T): T[] {
    return Array.from({ length }, one);
  }
}
