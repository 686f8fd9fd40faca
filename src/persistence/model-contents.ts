// What the two files of a model say, without their hashes.
import type { Tensor } from '../io/safetensors.js';
import { HISTORY_COLUMNS, HISTORY_PHASES, type History } from '../training/history.js';

/** What the two files say. */
export interface ModelContents {
  readonly document: Readonly<Record<string, unknown>>;
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** The tensor of that name. */
  readonly history: History | undefined;
}

/** What the columns of the history are, for those who read the file. */
export function historyColumns(): unknown {
  return HISTORY_COLUMNS.map((column) =>
    column === 'phase' ? { column, values: HISTORY_PHASES } : { column },
  );
}
