// A loss, a penalty, an optimiser and an activation cost the places that docs/contributing.md lists, and no others: toys
// are added to a copy of the repository at just these, built and used.
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Copy, canRebuild } from './copy.js';
import { TOYS } from './toys.js';

interface Found {
  X: number[][];
  y: number[];
  activation: { parameters: number[][]; representation: number[] };
  loss: { outputs: number[]; value: number; gradient: number[][]; steps: number[] };
  penalties: number[][][];
  optimizers: number[][][];
  model: { score: number; residual: number; onnx: number };
}

const page = readFileSync(new URL('../../docs/contributing.md', import.meta.url), 'utf8');

/** The places of a new term: its row in the table, without the name. */
function listed(term: string): string[] {
  const row = page.match(new RegExp(`^\\| ${term} \\|.*$`, 'm'))?.[0] ?? '';
  return Array.from(row.matchAll(/`([^`]+)`/g), ([, path]) => path!);
}

/** The file and its lines in the registry beside it are one place: their folder. */
const placeOf = (path: string): string => (path.endsWith('.h') ? `${dirname(path)}/` : path);

describe('the places that a term costs', () => {
  it.each(['loss', 'penalty', 'optimizer', 'activation'] as const)('%s: three', (term) => {
    const [formula, entry, docs, ...more] = listed(term === 'optimizer' ? 'optimiser' : term);
    expect([...new Set(TOYS[term].map(({ path }) => placeOf(path)))]).toEqual([formula, entry]);
    expect(docs).toMatch(/\.md$/);
    expect(more).toEqual([]);
  });
});

describe.skipIf(!canRebuild)('a copy with a toy of each', () => {
  const root = mkdtempSync(join(tmpdir(), 'deeptype-toys-'));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  let found: Found;

  beforeAll(async () => {
    const copy = new Copy(root);
    const changes = Object.values(TOYS).flat();
    for (const change of changes) copy.change(change);
    await copy.build(changes.map(({ path }) => path));
    const uses = 'test/contributing/uses.ts';
    cpSync(new URL('uses.ts', import.meta.url), join(root, uses));
    found = (await copy.run(uses)) as Found;
  }, 1_200_000);

  it('takes its activation', () => {
    const [w, b] = found.activation.parameters as [number[], number[]];
    const expected = found.X.flatMap((x) =>
      b.map((bias, r) => x.reduce((z, value, j) => z + value * w[5 * r + j]!, bias)),
    ).map((z) => z / (1 + Math.abs(z)));
    for (const [k, h] of found.activation.representation.entries()) {
      expect(h).toBeCloseTo(expected[k]!, 5);
    }
  });

  it('takes its loss', () => {
    const { outputs, value, gradient, steps } = found.loss;
    const errors = outputs.map((o, i) => o - found.y[i]!);
    const mean = errors.reduce((sum, e) => sum + Math.log(Math.cosh(e)), 0) / errors.length;
    expect(value).toBeCloseTo(mean, 5);
    expect((steps[0]! - steps[1]!) / 2 ** -7).toBeCloseTo(gradient.at(-1)![0]!, 3);
  });

  it('takes its penalty', () => {
    const [twice, once] = found.penalties;
    expect(twice).toEqual(once);
  });

  it('takes its optimiser', () => {
    const [descent, sgd] = found.optimizers;
    expect(descent).toEqual(sgd);
  });

  it('fits with all of them, and exports the model', () => {
    expect(found.model.score).toBeGreaterThan(0);
    expect(found.model.residual).toBeLessThan(1);
    expect(found.model.onnx).toBeGreaterThan(0);
  });
});
