// A hash of any value that the package returns: equal exactly when every bit of it is.
import { createHash, type Hash } from 'node:crypto';

/** The first 16 hex digits of the SHA-256 of `value`: its structure, its strings, and every bit of its numbers. */
export function digest(value: unknown): string {
  const hash = createHash('sha256');
  absorb(hash, value);
  return hash.digest('hex').slice(0, 16);
}

function absorb(hash: Hash, value: unknown): void {
  switch (typeof value) {
    case 'number':
      hash.update('n').update(Float64Array.of(value));
      return;
    case 'string':
      hash.update(`s${value.length}:${value}`);
      return;
    case 'object':
      absorbObject(hash, value);
      return;
    default:
      hash.update(`${typeof value}:${String(value)}`);
  }
}

function absorbObject(hash: Hash, value: object | null): void {
  if (value === null) {
    hash.update('null');
  } else if (ArrayBuffer.isView(value)) {
    hash.update(`${value.constructor.name}${value.byteLength}:`).update(value as Uint8Array);
  } else if (Array.isArray(value)) {
    hash.update(`[${value.length}`);
    for (const item of value) absorb(hash, item);
  } else {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    hash.update(`{${entries.length}`);
    for (const [key, item] of entries) {
      absorb(hash, key);
      absorb(hash, item);
    }
  }
}
