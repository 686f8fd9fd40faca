import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { philox4x32, Random } from '../../src/common/random.js';
import { assertProperty } from '../properties/assert-property.js';

const hex = (block: Uint32Array): string =>
  Array.from(block, (word) => word.toString(16).padStart(8, '0')).join(' ');

describe('philox4x32', () => {
  // The known-answer vectors that come with Random123.
  it.each([
    [[0, 0, 0, 0], [0, 0], '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      '408f276d 41c83b0e a20bc7c6 6d5451fd',
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      'd16cfe09 94fdcceb 5001e420 24126ea1',
    ],
  ])('gives the known answer at %j, key %j', (counter, key, answer) => {
    expect(hex(philox4x32(counter, key))).toBe(answer);
  });
});

describe('Random', () => {
  it('walks through the blocks of its stream', () => {
    const random = new Random(2 ** 40 + 3, 2 ** 33 + 1);
    const drawn = Uint32Array.from({ length: 12 }, () => random.next());
    const key = [3, 256];
    const expected = [0, 1, 2].flatMap((block) => [...philox4x32([block, 0, 1, 2], key)]);
    expect([...drawn]).toEqual(expected);
    expect(random.position).toBe(12);
  });

  it('draws what the native core draws', () => {
    const random = new Random(7, 3);
    expect([random.uniform(), random.uniform()]).toEqual([0.59258024486737615, 0.1627134650929376]);
    // The two libraries' logarithms may differ in the last digit.
    for (const z of [1.1993327810930154, 0.57630570997837804, -0.30409897954280357]) {
      expect(random.normal()).toBeCloseTo(z, 14);
    }
    const bounds = [10, 1000, 3_000_000_000, 4_294_967_295, 3_000_000_000];
    const drawn = bounds.map((bound) => random.below(bound));
    expect(drawn).toEqual([3, 589, 769_662_930, 385_541_845, 1_807_578_410]);
    expect([...random.permutation(10)]).toEqual([8, 3, 0, 1, 7, 2, 9, 4, 6, 5]);
    expect(random.position).toBe(26);
  });

  it('starts at any position', () => {
    assertProperty(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), fc.nat(20), (seed, stream, skip) => {
        const walked = new Random(seed, stream);
        for (let i = 0; i < skip; i++) walked.next();
        expect(new Random(seed, stream, skip).next()).toBe(walked.next());
      }),
    );
  });

  it('is uniform on [0, 1)', () => {
    const random = new Random(1);
    const draws = Array.from({ length: 100_000 }, () => random.uniform());
    const mean = draws.reduce((a, b) => a + b) / draws.length;
    expect(mean).toBeCloseTo(0.5, 2);
    expect(draws.every((u) => u >= 0 && u < 1)).toBe(true);
    const tenths = new Float64Array(10);
    for (const u of draws) tenths[Math.floor(u * 10)]!++;
    // Chi-square with 9 degrees of freedom: 27.9 is passed once in a thousand.
    expect(tenths.reduce((sum, n) => sum + (n - 1e4) ** 2 / 1e4, 0)).toBeLessThan(27.9);
  });

  it('is standard normal', () => {
    const random = new Random(2);
    const draws = Array.from({ length: 100_000 }, () => random.normal());
    const moment = (power: number): number =>
      draws.reduce((sum, z) => sum + z ** power, 0) / draws.length;
    expect(Math.abs(moment(1))).toBeLessThan(0.015);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.025);
    expect(Math.abs(moment(3))).toBeLessThan(0.05);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.15);
    const odd = draws.reduce((sum, z, i) => (i % 2 ? sum + z * draws[i - 1]! : sum), 0) / 50_000;
    expect(Math.abs(odd)).toBeLessThan(0.025);
  });

  it('stays below any bound', () => {
    assertProperty(
      fc.property(fc.maxSafeNat(), fc.integer({ min: 1, max: 2 ** 32 - 1 }), (seed, bound) => {
        const value = new Random(seed).below(bound);
        expect(Number.isInteger(value) && value >= 0 && value < bound).toBe(true);
      }),
    );
  });

  it('puts each of the 24 orders of four values about equally often', () => {
    const random = new Random(3);
    const counts = new Map<string, number>();
    for (let i = 0; i < 24_000; i++) {
      const order = random.permutation(4).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    const chiSquare = [...counts.values()].reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0);
    expect(chiSquare).toBeLessThan(49.7); // 23 degrees of freedom, one in a thousand
  });
});
