// What standardises columns and targets, as the float64 arrays of a file.

import { isFloat64 } from '../common/checks.js';
import { invalidArgument } from '../common/errors.js';
import { Scaler } from '../preprocessing/scaler.js';
import { type Scalers, TargetScaler } from '../preprocessing/target-scaler.js';

/** Their names. A file lacks those of a scaler that is not there, and a remainder that is 0 throughout. */
export const SCALER_ARRAYS = [
  'scaler.mean',
  'scaler.scale',
  'scaler.remainder',
  'targets.location',
  'targets.scale',
] as const;
type Name = (typeof SCALER_ARRAYS)[number];

export function arraysOf({ scaler, targetScaler }: Scalers): [Name, Float64Array][] {
  const arrays: [Name, Float64Array | undefined][] = [
    ['scaler.mean', scaler?.mean],
    ['scaler.scale', scaler?.scale],
    ['scaler.remainder', scaler?.remainder.some((r) => r !== 0) ? scaler.remainder : undefined],
    ['targets.location', targetScaler?.location],
    ['targets.scale', targetScaler?.scale],
  ];
  return arrays.filter((entry): entry is [Name, Float64Array] => entry[1] !== undefined);
}

/** @throws `ERR_INVALID_ARGUMENT` for what `arraysOf` cannot have given */
export function scalersOf(get: (name: Name) => unknown): Scalers {
  const targets = pair(get, 'targets.location', 'targets.scale');
  return {
    scaler: readColumns(get),
    targetScaler: targets && readTargets(...targets),
  };
}

function readColumns(get: (name: Name) => unknown): Scaler | undefined {
  const columns = pair(get, 'scaler.mean', 'scaler.scale');
  const remainder = get('scaler.remainder');
  if (columns === undefined) return undefined;
  const [mean, scale] = columns;
  if (remainder === undefined) return Scaler.fromJSON({ mean, scale });
  if (!isFloat64(remainder)) {
    throw invalidArgument('scaler.remainder', 'float64 values', remainder);
  }
  return Scaler.fromJSON({ mean, scale, remainder: Array.from(remainder) });
}

function readTargets(location: readonly number[], scale: readonly number[]): TargetScaler {
  const bad = [...location, ...scale].find((x) => !Number.isFinite(x));
  if (bad !== undefined) throw invalidArgument('targets', 'finite values', bad);
  if (location.length !== scale.length) {
    throw invalidArgument('targets.scale', `${location.length} values like location`, scale);
  }
  return new TargetScaler({
    location: Float64Array.from(location),
    scale: Float64Array.from(scale),
  });
}

function pair(
  get: (name: Name) => unknown,
  first: Name,
  second: Name,
): [number[], number[]] | undefined {
  const [a, b] = [get(first), get(second)];
  if (a === undefined && b === undefined) return undefined;
  if (!isFloat64(a)) throw invalidArgument(first, 'float64 values', a);
  if (!isFloat64(b)) throw invalidArgument(second, 'float64 values', b);
  return [Array.from(a), Array.from(b)];
}
