import type { Batch, Table } from './objective.js';
import { norm } from './vectors.js';

/** The weighted mean over the pairs of 1 - cos(o_i, o_j). */
export function pairDistance(outputs: Table, pairs: NonNullable<Batch['pairs']>): number {
  const total = pairs.reduce((sum, [, , w]) => sum + w, 0);
  return pairs.reduce((sum, [i, j, w]) => {
    const [a, b] = [outputs[i]!, outputs[j]!];
    const cosine = a.reduce((dot, v, c) => dot + v * b[c]!, 0) / (norm(a) * norm(b));
    return sum + (w / total) * (1 - cosine);
  }, 0);
}
