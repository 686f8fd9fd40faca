// Models of version 1 of the format, whose model.json held the scaler and the history as JSON.

import { anyNumber, array, integer, object, oneOf } from '../common/checks.js';
import { corruptFile } from '../common/errors.js';
import type { Sliced } from '../common/time-slices.js';
import { decodeJson } from '../io/json.js';
import { readAs } from '../io/read-as.js';
import type { Tensor } from '../io/safetensors.js';
import { HISTORY_PHASES, History } from '../training/history.js';
import type { HistoryEntry } from '../training/progress.js';
import type { ModelContents } from './model-contents.js';
import { historyColumns } from './model-contents.js';

/** The arrays of a scaler are long where there are many columns; nothing else is. */
const LIMITS = { bytes: 2 ** 27, depth: 16, keys: 100_000, values: 2 ** 22 };
/** Bytes of history that are parsed in one time slice, and the most that two entries may have besides. */
const PIECE = 2 ** 20;
const PIECE_LIMITS = { bytes: 2 * PIECE, depth: 4, keys: PIECE / 4, values: PIECE / 4 };

/** The last line of the document but for the bracket that closes it. */
const HISTORY = ',\n"history": ';
const END = '\n}\n';

/**
 * The contents as version 2 has them.
 *
 * @param file name for messages
 * @throws `ERR_CORRUPT_FILE`
 */
export function* readVersion1(
  json: Uint8Array,
  tensors: ReadonlyMap<string, Tensor>,
  file: string,
): Sliced<ModelContents> {
  const bytes = Buffer.from(json.buffer, json.byteOffset, json.byteLength);
  const at = bytes.lastIndexOf(HISTORY);
  const isWhole = at >= 0 && json.length <= LIMITS.bytes && bytes.subarray(-3).toString() === END;
  if (!isWhole) throw corruptFile(file, 'expected a history at its end');
  const text = json.subarray(at + HISTORY.length, json.length - END.length);
  const rest = Buffer.concat([bytes.subarray(0, at), Buffer.from(END)]);
  const document = readAs(file, () => object('model.json', decodeJson(rest, file, LIMITS)));
  const history = new History();
  for (const piece of piecesOf(text, file)) {
    readAs(file, () => {
      const entries = array('history', decodeJson(piece, file, PIECE_LIMITS));
      for (const entry of entries) history.push(readEntry(entry, `history[${history.length}]`));
    });
    yield;
  }
  const { scaler, ...others } = document;
  const all = new Map(tensors);
  readAs(file, () => addScaler(all, scaler));
  const isWithout = document.result === null;
  return {
    document: { ...others, history: isWithout ? null : historyColumns() },
    tensors: all,
    history: isWithout ? undefined : history,
  };
}

const [COMMA, QUOTE, BACKSLASH] = [0x2c, 0x22, 0x5c];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** A long array as several, cut between elements. */
function* piecesOf(text: Uint8Array, file: string): Generator<Uint8Array> {
  if (text[0] !== OPEN_ARRAY || text.at(-1) !== CLOSE_ARRAY) {
    throw corruptFile(file, 'expected a history that is an array');
  }
  let [begin, depth, isString] = [1, 0, false];
  for (let i = 1; i < text.length - 1; i++) {
    const byte = text[i];
    if (isString) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) isString = false;
    } else if (byte === QUOTE) isString = true;
    else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) depth++;
    else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) depth--;
    else if (byte === COMMA && depth === 0 && i - begin > PIECE) {
      yield arrayOf(text.subarray(begin, i));
      begin = i + 1;
    }
  }
  yield arrayOf(text.subarray(begin, -1));
}

function arrayOf(elements: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.of(OPEN_ARRAY), elements, Buffer.of(CLOSE_ARRAY)]);
}

function readEntry(value: unknown, name: string): HistoryEntry {
  const e = object(name, value);
  const loss = (of: Readonly<Record<string, unknown>>, key: string) =>
    anyNumber(`${name}.${key}`, of[key]);
  const entry: HistoryEntry = {
    phase: oneOf(`${name}.phase`, e.phase, HISTORY_PHASES),
    epoch: integer(`${name}.epoch`, e.epoch, { min: 1 }),
    primary: loss(e, 'primary'),
    sparsity: loss(e, 'sparsity'),
    distance: loss(e, 'distance'),
    total: loss(e, 'total'),
    selectedFeatures: integer(`${name}.selectedFeatures`, e.selectedFeatures, { min: 0 }),
  };
  if (e.changedAssignments !== undefined) {
    const changed = integer(`${name}.changedAssignments`, e.changedAssignments, { min: 0 });
    entry.changedAssignments = changed;
  }
  if (e.validation === undefined) return entry;
  const v = object(`${name}.validation`, e.validation);
  const [primary, distance, total] = [loss(v, 'primary'), loss(v, 'distance'), loss(v, 'total')];
  return { ...entry, validation: { primary, distance, total } };
}

function addScaler(tensors: Map<string, Tensor>, scaler: unknown): void {
  if (scaler === null) return;
  const s = object('scaler', scaler);
  for (const name of ['mean', 'scale']) {
    const values = array(`scaler.${name}`, s[name]);
    const data = Float64Array.from(values, (x) => anyNumber(`scaler.${name}`, x));
    tensors.set(`scaler.${name}`, { shape: [data.length], data });
  }
}
