// What standardises columns and targets, as the float64 arrays of a file.
import { invalidArgument } from '../errors.js';
import { Scaler } from '../scaler.js';
import { type Scalers, TargetScaler } from '../target-scaler.js';
import { isFloat64 } from '../validate.js';

/** Their names. A file lacks those of a scaler that is not there. */
export const SCALER_ARRAYS = [
  'scaler.mean',
  'scaler.scale',
  'targets.location',
  'targets.scale',
] as const;
type Name = (typeof SCALER_ARRAYS)[number];

export function arraysOf({ scaler, targetScaler }: Scalers): [Name, Float64Array][] {
  const arrays: [Name, Float64Array | undefined][] = [
    ['scaler.mean', scaler?.mean],
    ['scaler.scale', scaler?.scale],
    ['targets.location', targetScaler?.location],
    ['targets.scale', targetScaler?.scale],
  ];
  return arrays.filter((entry): entry is [Name, Float64Array] => entry[1] !== undefined);
}

/** @throws `ERR_INVALID_ARGUMENT` for what `arraysOf` cannot have given */
export function scalersOf(get: (name: Name) => unknown): Scalers {
  const targets = pair(get, 'targets.location', 'targets.scale');
  const columns = pair(get, 'scaler.mean', 'scaler.scale');
  return {
    scaler: columns && Scaler.fromJSON({ mean: columns[0], scale: columns[1] }),
    targetScaler: targets && readTargets(...targets),
  };
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
