// One random call, or sequence of calls on one object, for each seed.
import fc from 'fast-check';
import { saveFiles } from './calls/files.js';
import { CALLS } from './calls.js';
import { succeeds } from './outcome.js';
import { sequence } from './sequences.js';
import { fitModels } from './subjects.js';

export interface Case {
  readonly name: string;
  /** How many calls it makes. */
  readonly size: number;
  /** As source, as far as there is one. */
  text(): string;
  /** Resolves with whether it succeeded; false for a coded error. Rejects for anything else. */
  run(): Promise<boolean>;
}

/** What the calls are made with. */
export async function prepare(): Promise<void> {
  await fitModels();
  await saveFiles();
}

const call: fc.Arbitrary<Case> = fc.oneof(
  ...Object.entries(CALLS).map(([name, { args, call }]) =>
    fc.tuple(...args).map((given) => ({
      name,
      size: 1,
      text: () => `${name} of ${fc.stringify(given)}`,
      run: () => succeeds(async () => await call(...given)),
    })),
  ),
);
const anyCase = fc.oneof({ weight: 30, arbitrary: call }, { weight: 1, arbitrary: sequence });

export function caseOf(seed: number): Case {
  return fc.sample(anyCase, { seed, numRuns: 1 })[0]!;
}
