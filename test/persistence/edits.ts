// What may happen to the bytes of a file.
import fc from 'fast-check';

export const position = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
/** The place in `length` that `where`, a share of it, falls on. */
export const at = (where: number, length: number) => Math.floor(where * length);

/** Bytes with something done to them. */
export type Edit = (bytes: Uint8Array) => Uint8Array;
const truncation: fc.Arbitrary<Edit> = position.map((p) => (b) => b.subarray(0, at(p, b.length)));
const bitFlip: fc.Arbitrary<Edit> = fc.tuple(position, fc.nat(7)).map(([p, bit]) => (b) => {
  const copy = Uint8Array.from(b);
  copy[at(p, b.length)]! ^= 1 << bit;
  return copy;
});
const splice: fc.Arbitrary<Edit> = fc
  .tuple(position, fc.nat(20), fc.uint8Array({ maxLength: 20 }))
  .map(([p, removed, added]) => (b) => {
    const k = at(p, b.length);
    return Uint8Array.from(Buffer.concat([b.subarray(0, k), added, b.subarray(k + removed)]));
  });
const length: fc.Arbitrary<Edit> = fc
  .tuple(fc.constantFrom(0, 8), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }))
  .map(([offset, n]) => (b) => {
    const copy = Uint8Array.from(b);
    new DataView(copy.buffer).setBigUint64(offset, n, true);
    return copy;
  });
export const edit: fc.Arbitrary<Edit> = fc.oneof(truncation, bitFlip, splice, length);
