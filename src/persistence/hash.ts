import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { EncodedTargets } from '../data/targets.js';
import { BLOCK } from '../io/reading.js';
import type { Table, Tables } from '../training/validation.js';

/** SHA-256 of `parts` one after the other, in hex; a time slice ends after each block. */
export async function sha256(parts: Iterable<ArrayBufferView>): Promise<string> {
  const hash = createHash('sha256');
  let since = 0;
  for (const { buffer, byteOffset, byteLength } of parts) {
    for (let begin = 0; begin < byteLength; begin += BLOCK) {
      const length = Math.min(BLOCK, byteLength - begin);
      hash.update(new Uint8Array(buffer, byteOffset + begin, length));
      since += length;
      if (since < BLOCK) continue;
      await setImmediate();
      since = 0;
    }
  }
  return hash.digest('hex');
}

/** SHA-256 of all that a run trains and validates on. */
export function hashTables({ x, targets, heldOut }: Tables): Promise<string> {
  const tables = heldOut === undefined ? [{ x, targets }] : [{ x, targets }, heldOut];
  const shape = tables.map((table) => shapeOf(table));
  const text = new TextEncoder().encode(JSON.stringify([shape, targets.classValues ?? null]));
  return sha256([text, ...tables.flatMap((table) => [table.x.data, ...arraysOf(table.targets)])]);
}

/** Lengths, so that no number of one array can pass for one of the next. */
function shapeOf({ x, targets }: Table): number[] {
  return [x.rows, x.columns, targets.outputs, ...arraysOf(targets).map(({ length }) => length)];
}

function arraysOf({ classes, values, weights, graph }: EncodedTargets) {
  const none = new Float32Array(0);
  const pairs = [graph?.i ?? none, graph?.j ?? none, graph?.weights ?? none];
  return [classes ?? none, values?.data ?? none, weights ?? none, ...pairs];
}
