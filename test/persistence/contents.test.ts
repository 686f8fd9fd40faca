// Whatever a model may hold comes back from its files equal to the bit.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { runSync } from '../../src/common/time-slices.js';
import { type HistoryEntry, Matrix, Scaler } from '../../src/index.js';
import { ACTIVATION_NAMES } from '../../src/network/activations.js';
import { readModel, type SavedModel, writeModel } from '../../src/persistence/model.js';
import {
  decodeFiles,
  encodeFiles,
  joinFiles,
  splitFiles,
} from '../../src/persistence/model-file.js';
import { TargetScaler } from '../../src/preprocessing/target-scaler.js';
import { History } from '../../src/training/history.js';
import { assertProperty } from '../properties/assert-property.js';

const record = <T>(parts: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(parts, { noNullPrototype: true }) as fc.Arbitrary<T>;
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const positive = finite.map(Math.abs);
const floats = (n: number) =>
  fc.float32Array({ minLength: n, maxLength: n, noNaN: true, noDefaultInfinity: true });

/** Numbers that JSON has, and those that it has not. */
const anyNumber = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, -0, Infinity, -Infinity));
const word = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('$number', '__proto__', '\ud800'),
);

const classes = fc.oneof(
  fc.constant(undefined),
  fc.uniqueArray(word, { minLength: 2, maxLength: 5 }),
  fc.uniqueArray(fc.maxSafeInteger(), { minLength: 2, maxLength: 5 }),
);

const result = record({
  stopReason: fc.constantFrom('converged' as const, 'epochs' as const, 'stopped' as const),
  ...{ kktResidual: anyNumber, alpha: positive, alphaMax: positive, beta: positive },
  ...{ clusters: fc.integer({ min: 1 }), steps: fc.nat(), clusterings: fc.nat() },
});
const losses = { primary: anyNumber, distance: anyNumber, total: anyNumber };
/** As many entries as fill more than one chunk, at times. */
const history = fc
  .array(
    fc.record(
      {
        phase: fc.constantFrom('pretrain' as const, 'joint' as const, 'settle' as const),
        ...{ epoch: fc.integer({ min: 1 }), sparsity: anyNumber, ...losses },
        ...{ selectedFeatures: fc.constant(1), changedAssignments: fc.nat() },
        validation: record(losses),
      },
      {
        requiredKeys: [
          ...(['phase', 'epoch', 'sparsity', 'primary', 'distance', 'total'] as const),
          'selectedFeatures',
        ],
        noNullPrototype: true,
      },
    ),
    { maxLength: 4 },
  )
  .chain((entries) => fc.constantFrom(1, 300).map((times) => new Array(times).fill(entries).flat()))
  .map((entries: HistoryEntry[]) => {
    const made = new History();
    for (const entry of entries) made.push(entry);
    expect(runSync(made.entries())).toEqual(entries);
    return made;
  });

/** A layer's tensors, of so many inputs and outputs. */
const layer = (l: number, inputs: number, outputs: number) =>
  fc.tuple(floats(inputs * outputs), floats(outputs)).map(([weight, bias]) => [
    { name: `layers.${l}.weight`, shape: [outputs, inputs], data: weight },
    { name: `layers.${l}.bias`, shape: [outputs], data: bias },
  ]);

const model: fc.Arbitrary<SavedModel> = fc
  .array(fc.integer({ min: 1, max: 5 }), { minLength: 3, maxLength: 14 })
  .chain((widths) => {
    const width = widths.at(-2)!;
    const columns = widths[0]!;
    const layers = widths.slice(1).map((outputs, l) => layer(l, widths[l]!, outputs));
    const scaler = fc
      .tuple(
        ...[finite, positive].map((x) => fc.array(x, { minLength: columns, maxLength: columns })),
      )
      .map(([mean, scale]) => Scaler.fromJSON({ mean: mean!, scale: scale! }));
    const outputs = widths.at(-1)!;
    const targetScaler = fc
      .tuple(
        ...[finite, positive].map((x) => fc.array(x, { minLength: outputs, maxLength: outputs })),
      )
      .map((pair) => {
        const [location, scale] = pair.map((values) => Float64Array.from(values));
        return new TargetScaler({ location: location!, scale: scale! });
      });
    const clusters = fc.tuple(floats(3 * width), fc.array(fc.nat(2))).map(([data, labels]) => ({
      centroids: new Matrix(data, 3, width),
      labels: Int32Array.from(labels),
    }));
    const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
    return record({
      written: record({
        options: fc.dictionary(word, fc.jsonValue({ maxDepth: 3 }), { noNullPrototype: true }),
        omitted: fc.array(word),
      }),
      activation: fc.constantFrom(...ACTIVATION_NAMES),
      parameters: fc.tuple(...layers).map((all) => all.flat()),
      scaler: optional(scaler),
      targetScaler: optional(targetScaler),
      classes,
      clusters: optional(clusters),
      hyperparameters: record({
        alpha: optional(positive),
        alphaMax: optional(positive),
        beta: optional(positive),
        clusters: optional(fc.integer({ min: 1, max: 99 })),
      }),
      result: optional(
        fc.tuple(result, history).map(([rest, made]) => ({ ...rest, history: made })),
      ),
    });
  });

/** With the history as entries, which compare. */
const plain = ({ result, ...rest }: SavedModel) => ({
  ...rest,
  result: result && { ...result, history: runSync(result.history.entries()) },
});

it('any model comes back', () => {
  const isNumberObject = (x: unknown): boolean => JSON.stringify(x)?.includes('"$number"') ?? false;
  assertProperty(
    fc.property(model, (given) => {
      fc.pre(!isNumberObject(given.written.options));
      const bytes = joinFiles(encodeFiles(writeModel(given)));
      const read = readModel(decodeFiles(splitFiles(bytes, 'x'), 'x'), 'x');
      const { scaler, ...rest } = plain(read);
      const { scaler: scalerGiven, ...restGiven } = plain(given);
      expect({ ...rest.written.options }).toEqual({ ...restGiven.written.options });
      expect({ ...rest, written: rest.written.omitted }).toStrictEqual({
        ...restGiven,
        written: restGiven.written.omitted,
      });
      expect(scaler?.toJSON()).toStrictEqual(scalerGiven?.toJSON());
      expect(joinFiles(encodeFiles(writeModel(read)))).toEqual(bytes);
    }),
    { numRuns: 100 },
  );
});
