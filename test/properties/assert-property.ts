import { appendFileSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect } from 'vitest';
import { COUNTEREXAMPLES, type Counterexample, PROPERTY_RUN } from './run.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const kept: Counterexample[] = JSON.parse(readFileSync(COUNTEREXAMPLES, 'utf8'));

/**
 * `fc.assert` with the seed of the run, to which `parameters.seed` is added where a test asserts one property several
 * times. First it repeats the counterexamples that are kept for the test that runs.
 */
export function assertProperty<T>(
  property: fc.IAsyncProperty<T>,
  parameters?: fc.Parameters<T>,
): Promise<void>;
export function assertProperty<T>(property: fc.IProperty<T>, parameters?: fc.Parameters<T>): void;
export function assertProperty<T>(
  property: fc.IRawProperty<T>,
  parameters: fc.Parameters<T> = {},
): Promise<void> | void {
  const test = nameOfTest();
  const { seed, factor, found } = PROPERTY_RUN;
  const runs: fc.Parameters<T>[] = kept
    .filter((one) => one.test === test)
    .map(({ seed, path }) => ({ ...parameters, seed, path, numRuns: 1 }));
  runs.push({
    ...parameters,
    seed: (seed + (parameters.seed ?? 0)) | 0,
    numRuns: factor * (parameters.numRuns ?? 100),
    ...(found !== undefined && { reporter: (details) => report(details, test, found) }),
  });
  if (!property.isAsync()) {
    for (const run of runs) fc.assert(property as fc.IProperty<T>, run);
    return;
  }
  return runs.reduce(
    (before, run) => before.then(() => fc.assert(property as fc.IAsyncProperty<T>, run)),
    Promise.resolve(),
  );
}

/** The file and the title of the test that runs. */
function nameOfTest(): string {
  const { testPath, currentTestName } = expect.getState();
  return `${relative(ROOT, testPath!)} > ${currentTestName}`;
}

/** Throws where the property failed, after its counterexample is appended to the file `found`. */
function report<T>(details: fc.RunDetails<T>, test: string, found: string): void {
  if (!details.failed) return;
  const { seed, counterexamplePath, counterexample, errorInstance } = details;
  if (counterexamplePath !== null) {
    const value = fc.stringify(counterexample).slice(0, 500);
    const one: Counterexample = { test, seed, path: counterexamplePath, value };
    appendFileSync(found, `${JSON.stringify(one)}\n`);
  }
  throw new Error(fc.defaultReportMessage(details), { cause: errorInstance });
}
