import { addon } from './addon.js';
import { files } from './files.js';

/** What is fuzzed, by the names of the folders in corpus and crashers. Each takes any bytes; a rejection is a bug. */
export const TARGETS: Readonly<Record<string, (bytes: Uint8Array) => Promise<void>>> = {
  addon,
  files,
};
