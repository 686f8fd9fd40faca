import { DeepTypeError } from '../common/errors.js';
import { native } from './addon.js';

/** Arrays of at most this many values are allocated without a check. */
const FEW = 2 ** 20;

/**
 * Throws if `bytes` exceeds the free memory of the machine or of the process's control group: the system overcommits
 * and would not refuse. Array buffers count from their allocation, even if their pages were never written.
 *
 * @throws `ERR_OUT_OF_MEMORY`
 */
export function requireMemory(bytes: number, name: string): void {
  if (bytes <= memoryLeft().left) return;
  native().makeRoom(bytes);
  const { memory, left } = memoryLeft();
  if (bytes <= left) return;
  const inMiB = (count: number): string => `${Math.ceil(Math.max(0, count) / 2 ** 20)} MiB`;
  throw new DeepTypeError(
    'ERR_OUT_OF_MEMORY',
    `${name}: needs ${inMiB(bytes)}, of the ${inMiB(memory)} that the process may have ${inMiB(left)} are left`,
  );
}

/** Bytes of allocated arrays not written yet, which the system does not count as used. */
let untouched = 0;

/**
 * Counts `bytes` of a new array as in use until they are reported as filled, or until `end` is called.
 */
export function beginFilling(bytes: number): { filled(count: number): void; end(): void } {
  let left = bytes;
  untouched += bytes;
  const filled = (count: number): void => {
    left -= count;
    untouched -= count;
  };
  return { filled, end: () => filled(left) };
}

/** The memory limit of the process and its free part, in bytes. */
function memoryLeft(): { memory: number; left: number } {
  const { memory, availableMemory } = native().machine();
  return {
    memory,
    left: Math.min(availableMemory - untouched, memory - process.memoryUsage().arrayBuffers),
  };
}

/** A Float32Array of zeros. Throws `ERR_OUT_OF_MEMORY`. */
export function newFloat32(length: number, name: string): Float32Array {
  return allocate(length, length * 4, name, () => new Float32Array(length));
}

/** A Float64Array of zeros. Throws `ERR_OUT_OF_MEMORY`. */
export function newFloat64(length: number, name: string): Float64Array {
  return allocate(length, length * 8, name, () => new Float64Array(length));
}

/** The same in shared memory, which threads read and write in place. Throws `ERR_OUT_OF_MEMORY`. */
export function newSharedFloat32(length: number, name: string): Float32Array {
  const make = () => new Float32Array(new SharedArrayBuffer(length * 4));
  return allocate(length, length * 4, name, make);
}

/** A Float64Array of zeros in shared memory, which threads read in place. Throws `ERR_OUT_OF_MEMORY`. */
export function newSharedFloat64(length: number, name: string): Float64Array {
  return allocate(
    length,
    length * 8,
    name,
    () => new Float64Array(new SharedArrayBuffer(length * 8)),
  );
}

function allocate<T>(length: number, bytes: number, name: string, make: () => T): T {
  if (length <= FEW) return make();
  requireMemory(bytes, name);
  try {
    return make();
  } catch (cause) {
    throw new DeepTypeError('ERR_OUT_OF_MEMORY', `${name}: no memory for ${length} values`, {
      cause,
    });
  }
}
