// What a fit remembers of its epochs: a table of numbers that only grows at its end.
import { invalidArgument } from '../common/errors.js';
import type { Sliced } from '../common/time-slices.js';
import type { TensorSource } from '../io/safetensors.js';
import type { HistoryEntry } from './progress.js';

/** The phases that have epochs; an entry holds the number of its own. */
export const HISTORY_PHASES = ['pretrain', 'joint', 'settle'] as const;

/** The columns of the table. `changedAssignments` is -1 and `isValidated` 0 where an entry has none. */
export const HISTORY_COLUMNS = [
  'phase',
  'epoch',
  'primary',
  'sparsity',
  'distance',
  'total',
  'selectedFeatures',
  'changedAssignments',
  'isValidated',
  'validation.primary',
  'validation.distance',
  'validation.total',
] as const;
const WIDTH = HISTORY_COLUMNS.length;
const ROWS_A_CHUNK = 1024;
const CHUNK = ROWS_A_CHUNK * WIDTH;
/** Entries that one time slice makes. */
const ENTRIES_A_TURN = 2 ** 14;

/** The entries of a run, 96 bytes each. */
export class History {
  /** All but the last are full. */
  readonly #chunks: Float64Array[] = [];
  #length = 0;

  #mostSelected = 0;

  /**
   * Of E x 12 values that came from anywhere, which are kept; in time slices.
   *
   * @throws `ERR_INVALID_ARGUMENT` for what no fit writes
   */
  static *of(table: Float64Array): Sliced<History> {
    if (table.length % WIDTH !== 0) {
      throw invalidArgument('history', `rows of ${WIDTH} values`, table.length);
    }
    const history = new History();
    history.#length = table.length / WIDTH;
    for (let row = 0; row < history.#length; row++) {
      if (row > 0 && row % ENTRIES_A_TURN === 0) yield;
      history.#mostSelected = Math.max(history.#mostSelected, checkedRow(table, row));
    }
    for (let begin = 0; begin < table.length; begin += CHUNK) {
      const part = table.subarray(begin, begin + CHUNK);
      if (part.length < CHUNK) {
        history.#chunks.push(new Float64Array(CHUNK));
        history.#chunks.at(-1)!.set(part);
      } else history.#chunks.push(part);
    }
    return history;
  }

  get length(): number {
    return this.#length;
  }

  /** The greatest `selectedFeatures` of any entry. */
  get mostSelected(): number {
    return this.#mostSelected;
  }

  push(entry: HistoryEntry): void {
    if (this.#length % ROWS_A_CHUNK === 0) this.#chunks.push(new Float64Array(CHUNK));
    this.#length += 1;
    this.amend(entry);
  }

  /** Puts `entry` in the place of the last one. */
  amend(entry: HistoryEntry): void {
    const { validation: v, changedAssignments = -1 } = entry;
    const row = [
      HISTORY_PHASES.indexOf(entry.phase as (typeof HISTORY_PHASES)[number]),
      entry.epoch,
      entry.primary,
      entry.sparsity,
      entry.distance,
      entry.total,
      entry.selectedFeatures,
      changedAssignments,
      v === undefined ? 0 : 1,
      v?.primary ?? 0,
      v?.distance ?? 0,
      v?.total ?? 0,
    ];
    this.#mostSelected = Math.max(this.#mostSelected, entry.selectedFeatures);
    this.#chunks.at(-1)!.set(row, ((this.#length - 1) % ROWS_A_CHUNK) * WIDTH);
  }

  /** As an array's; an entry of its own. */
  at(index: number): HistoryEntry | undefined {
    const i = index < 0 ? this.#length + index : index;
    if (i < 0 || i >= this.#length) return undefined;
    return entryAt(this.#chunks[Math.floor(i / ROWS_A_CHUNK)]!, (i % ROWS_A_CHUNK) * WIDTH);
  }

  /** All entries; in time slices. */
  *entries(): Sliced<HistoryEntry[]> {
    const entries = new Array<HistoryEntry>(this.#length);
    for (let i = 0; i < entries.length; i++) {
      if (i > 0 && i % ENTRIES_A_TURN === 0) yield;
      entries[i] = this.at(i)!;
    }
    return entries;
  }

  /** The same for now; either goes its own way. */
  copy(): History {
    const copy = new History();
    const last = this.#chunks.at(-1);
    copy.#chunks.push(...this.#chunks.slice(0, -1)); // full ones change no more
    if (last !== undefined) copy.#chunks.push(last.slice());
    copy.#length = this.#length;
    copy.#mostSelected = this.#mostSelected;
    return copy;
  }

  /** The table [E, 12] as a tensor that is to be written. */
  toTensor(): TensorSource {
    const read = (begin: number, out: Uint8Array) => this.#read(begin, out);
    return { type: 'F64', shape: [this.#length, WIDTH], read };
  }

  #read(begin: number, out: Uint8Array): void {
    const size = CHUNK * Float64Array.BYTES_PER_ELEMENT;
    for (let done = 0; done < out.length; ) {
      const { buffer, byteOffset } = this.#chunks[Math.floor((begin + done) / size)]!;
      const from = (begin + done) % size;
      const length = Math.min(size - from, out.length - done);
      out.set(new Uint8Array(buffer, byteOffset + from, length), done);
      done += length;
    }
  }
}

function entryAt(table: Float64Array, begin: number): HistoryEntry {
  const at = (column: number): number => table[begin + column]!;
  const entry: HistoryEntry = {
    phase: HISTORY_PHASES[at(0)]!,
    epoch: at(1),
    primary: at(2),
    sparsity: at(3),
    distance: at(4),
    total: at(5),
    selectedFeatures: at(6),
  };
  if (at(7) >= 0) entry.changedAssignments = at(7);
  if (at(8) === 1) entry.validation = { primary: at(9), distance: at(10), total: at(11) };
  return entry;
}

/** Checks that the numbers of a row are of the kind that a fit writes, losses any; returns `selectedFeatures`. */
function checkedRow(table: Float64Array, row: number): number {
  const at = (column: number): number => table[row * WIDTH + column]!;
  const isSound =
    HISTORY_PHASES[at(0)] !== undefined &&
    isCount(at(1), 1) &&
    isCount(at(6), 0) &&
    isCount(at(7), -1) &&
    (at(8) === 0 || at(8) === 1);
  if (isSound) return at(6);
  const values = Array.from(table.subarray(row * WIDTH, (row + 1) * WIDTH));
  throw invalidArgument(`history[${row}]`, 'an entry of a fit', values.join(', '));
}

function isCount(x: number, min: number): boolean {
  return Number.isSafeInteger(x) && x >= min;
}
