// Cases by seed that fail in all the ways there are, for the test of what runs them.
import { setImmediate } from 'node:timers/promises';
import type { Case } from './cases.js';

const RUNS: readonly (() => Promise<boolean>)[] = [
  async () => true,
  async () => process.abort(),
  async () => Promise.reject(new Error('bare')),
  async () => false,
  async () => {
    for (;;);
  },
  async () => true,
  async () => {
    Promise.reject(new Error('unhandled'));
    await setImmediate();
    return true;
  },
  async () => false,
];

export async function prepare(): Promise<void> {}

export function caseOf(seed: number): Case {
  return { name: `case ${seed}`, size: 1, text: () => '', run: RUNS[seed]! };
}
