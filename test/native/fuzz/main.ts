// main.ts TARGET DRIVER [libFuzzer's arguments]: fuzzes until told otherwise; see scripts/fuzz-native.mjs.
import { constants } from 'node:os';
import { inspect } from 'node:util';
import { Coverage } from './coverage.js';

interface Driver {
  readonly counters: Uint8Array;
  run(args: readonly string[], target: (bytes: Uint8Array) => Promise<void>): void;
}

const [name, path, ...args] = process.argv.slice(2);
const holder = { exports: {} as Driver };
process.dlopen(holder, path!, constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL);
const driver = holder.exports;
const coverage = new Coverage(driver.counters);
const { native } = await import('../../../src/native/addon.js');
native(); // or what is not there would be one more coded error
const { TARGETS } = await import('./targets.js');
const target = TARGETS[name!]!;
process.on('unhandledRejection', (error) => {
  console.error(inspect(error));
  process.abort();
});
driver.run(args, async (bytes) => {
  try {
    await target(bytes);
  } catch (error) {
    console.error(inspect(error));
    throw error;
  } finally {
    if (name === 'files') coverage.take();
  }
});
