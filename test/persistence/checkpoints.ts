// Checkpoint files with other contents and the right hash.
import { createHash } from 'node:crypto';
import { encodeJson } from '../../src/io/json.js';
import { decodeSafetensors, encodeSafetensors, type Tensor } from '../../src/io/safetensors.js';

export interface Contents {
  readonly document: Record<string, unknown>;
  readonly tensors: Map<string, Tensor>;
}

/** The file `bytes` after `change`. */
export function encodeCheckpointOf(
  bytes: Uint8Array,
  change: (contents: Contents) => void,
): Uint8Array {
  const read = decodeSafetensors(bytes, 'checkpoint');
  const tensors = new Map(read.tensors);
  const document = JSON.parse(read.metadata.get('document')!);
  change({ document, tensors });
  const metadata = new Map([
    ['sha256', '0'.repeat(64)],
    ['document', encodeJson(document)],
  ]);
  const forged = encodeSafetensors(tensors, metadata);
  const hash = createHash('sha256').update(forged).digest('hex');
  const text = new TextDecoder('latin1').decode(forged.subarray(0, 200));
  new TextEncoder().encodeInto(hash, forged.subarray(text.indexOf('0'.repeat(64))));
  return forged;
}
