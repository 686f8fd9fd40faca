// Runs the cases of the seeds from FIRST on, COUNT of them, and logs each before it begins:
// child.ts FIRST COUNT LOG [MODULE], MODULE exporting what cases.ts does.
import { openSync, writeSync } from 'node:fs';
import type { Case } from './cases.js';
import type { Entry } from './log.js';

interface Cases {
  prepare(): Promise<void>;
  caseOf(seed: number): Case;
}

const [first, count] = [Number(process.argv[2]), Number(process.argv[3])];
const log = openSync(process.argv[4]!, 'a');
const { prepare, caseOf } = (await import(process.argv[5] ?? './cases.js')) as Cases;
// Written at once: the process may end at the next call.
const write = (entry: Entry): void => {
  writeSync(log, `${JSON.stringify(entry)}\n`);
};
let seed = first;
const fail = (error: unknown): void => {
  const reason = error instanceof Error ? `${error.stack}` : String(error);
  write({ kind: 'failed', seed, reason: reason.slice(0, 2000) });
};
// A rejection that nobody handles: of the case that runs, or of one shortly before.
process.on('unhandledRejection', fail);
await prepare();
for (; seed < first + count; seed++) {
  const { name, size, run } = caseOf(seed);
  write({ kind: 'began', seed, name, size });
  try {
    write({ kind: 'ended', seed, succeeded: await run() });
  } catch (error) {
    fail(error);
  }
}
process.exit();
