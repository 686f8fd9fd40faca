// What was written before version 2 of the format. test/persistence/version-1 was written by that code, by the fits that
// said.json names, and with what those models said.
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { runSync } from '../../src/common/time-slices.js';
import { DeepType } from '../../src/index.js';
import { readVersion1 } from '../../src/persistence/version-1.js';
import { messageOf } from '../common/coded.js';

const FOLDER = fileURLToPath(new URL('version-1', import.meta.url));
const read = (name: string) => new Uint8Array(readFileSync(join(FOLDER, name)));
interface Said {
  labels: number[];
  centroids: number[][];
  result: object;
  classes: string[] | null;
  transform: number[][];
  predictions: unknown[];
  importances: number[];
}
const { X, said } = JSON.parse(readFileSync(join(FOLDER, 'said.json'), 'utf8')) as {
  X: number[][];
  said: { classes: Said; values: Said; unfinished: Pick<Said, 'transform'> };
};
const copies = mkdtempSync(join(tmpdir(), 'deeptype-version-1-'));
afterAll(() => rmSync(copies, { recursive: true }));

/** As JSON says it. */
const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

/** Instruction sets round otherwise. */
function near(found: number[][], truth: number[][]): void {
  expect(found.length).toBe(truth.length);
  for (const [i, row] of found.entries()) {
    for (const [j, x] of row.entries()) expect(x).toBeCloseTo(truth[i]![j]!, 5);
  }
}

describe.each(['classes', 'values'] as const)('a model of version 1: %s', (name) => {
  const truth = said[name];

  it.each(['folder', 'bytes'])('says what it said, from its %s', async (form) => {
    const model =
      form === 'folder'
        ? await DeepType.load(join(FOLDER, name))
        : DeepType.fromBytes(read(`${name}.bytes`));
    expect(plain(model.result)).toEqual(truth.result);
    expect([...model.labels]).toEqual(truth.labels);
    expect(model.centroids.toArray()).toEqual(truth.centroids);
    expect(model.classes ?? null).toEqual(truth.classes);
    near([[...model.featureImportances]], [truth.importances]);
    near(model.transform(X).toArray(), truth.transform);
  });

  it('is written anew as version 2, and is the same again', async () => {
    const folder = join(copies, name);
    cpSync(join(FOLDER, name), folder, { recursive: true });
    const model = await DeepType.load(folder);
    await model.save(folder);
    expect(JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')).version).toBe(2);
    const again = await DeepType.load(folder);
    expect(plain(again.result)).toEqual(truth.result);
    expect(again.transform(X)).toEqual(model.transform(X));
  });
});

it('weights without a result come back without one', () => {
  const model = DeepType.fromBytes(read('unfinished.bytes'));
  expect(() => model.history).toThrow(expect.objectContaining({ code: 'ERR_NOT_FITTED' }));
  near(model.transform(X).toArray(), said.unfinished.transform);
});

it('a checkpoint of version 1 is refused, with what to do', async () => {
  const fit = DeepType.resume(join(FOLDER, 'fit.checkpoint'), X, said.classes.labels);
  await expect(fit).rejects.toMatchObject({
    code: 'ERR_CORRUPT_FILE',
    message: expect.stringMatching(
      /version 1 .* reads 2: a fit goes on with the release that began/,
    ),
  });
});

describe('the history in a model.json of version 1', () => {
  const entry = {
    ...{ phase: 'joint', epoch: 1, primary: 0.5, sparsity: 1, distance: 2, total: 3 },
    ...{ selectedFeatures: 2, changedAssignments: 0 },
    validation: { primary: 1, distance: 2, total: { $number: 'Infinity' } },
  };
  const parse = (history: string) => {
    const text = `{\n"result": {},\n"scaler": null,\n"history": ${history}\n}\n`;
    const bytes = new TextEncoder().encode(text);
    return runSync(readVersion1(bytes, new Map(), 'old')).history!;
  };
  const of = (...entries: unknown[]) => parse(JSON.stringify(entries));

  it('may be long: it is parsed piece by piece', () => {
    const history = of(...new Array(20_000).fill(entry));
    expect(history.length).toBe(20_000);
    const validation = { ...entry.validation, total: Infinity };
    expect(history.at(-1)).toEqual({ ...entry, validation });
    expect(of().length).toBe(0);
  });

  it.each([
    ['another phase', { phase: 'choose' }],
    ['a phase that is an object', { phase: { toString: 1 } }],
    ['an epoch in words', { epoch: 'one' }],
    ['epoch 0', { epoch: 0 }],
    ['half an epoch', { epoch: 1.5 }],
    ['a loss that is null', { primary: null }],
    ['a total in words', { total: 'NaN' }],
    ['a negative count', { selectedFeatures: -1 }],
    ['no validation', { validation: null }],
    ['validation without a total', { validation: { primary: 1, distance: 2 } }],
  ])('is refused with %s', (_, change) => {
    messageOf(() => of(entry, { ...entry, ...change }), 'ERR_CORRUPT_FILE');
  });

  it('is refused where it is no array, ends early or is one huge entry', () => {
    for (const text of ['{}', 'null', '', '[{]', '[1]', '[[]]', '[]]', '[{},]']) {
      messageOf(() => parse(text), 'ERR_CORRUPT_FILE');
    }
    messageOf(() => of({ ...entry, more: 'x'.repeat(3e6) }), 'ERR_CORRUPT_FILE');
    messageOf(
      () => of(Object.fromEntries(Array.from({ length: 3e5 }, (_, i) => [i, 0]))),
      'ERR_CORRUPT_FILE',
    );
  });
});
