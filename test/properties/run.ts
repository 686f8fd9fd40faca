// What a run of the properties is told by its environment: `npm test` takes the defaults, `npm run
// test:properties` draws a seed and raises the number of values.
import { fileURLToPath } from 'node:url';

export const PROPERTY_RUN = {
  seed: Number(process.env.DEEPTYPE_PROPERTY_SEED ?? 20_201),
  /** Times the number of values that a property asks for. */
  factor: Number(process.env.DEEPTYPE_PROPERTY_FACTOR ?? 1),
  /** A file to which counterexamples are appended, one a line. */
  found: process.env.DEEPTYPE_PROPERTY_FOUND,
};

/** What repeats a failure of the property in one test: a seed, and a path to the value that it drew. */
export interface Counterexample {
  readonly test: string;
  readonly seed: number;
  readonly path: string;
  /** For readers. */
  readonly value: string;
}

export const COUNTEREXAMPLES = fileURLToPath(new URL('counterexamples.json', import.meta.url));
