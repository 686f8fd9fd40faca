// Sequences of calls on one object, some awaited and some not: whatever their order, each call succeeds
// or fails with a code, all promises settle, and the object works afterwards unless it was disposed of.
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import type { Case } from './cases.js';
import { MACHINES, type Step } from './machines.js';
import { succeeds } from './outcome.js';
import { table, targets } from './values.js';

const LONGEST_MS = 300_000;

/** A step and how it is taken. */
interface Move {
  readonly name: string;
  readonly step: Step<object>;
  readonly isAwaited: boolean;
  readonly x: unknown;
  readonly y: unknown;
}

function movesOf(machine: string): fc.Arbitrary<Move[]> {
  const steps = Object.entries(MACHINES[machine]!.steps);
  const move = fc.record({
    which: fc.nat(steps.length - 1),
    isAwaited: fc.boolean(),
    x: table,
    y: targets,
  });
  const named = move.map(({ which, isAwaited, x, y }) => {
    const [name, step] = steps[which]!;
    return { name, step, isAwaited: isAwaited && step.endless !== true, x, y };
  });
  return fc.array(named, { minLength: 2, maxLength: 12 });
}

export const sequence: fc.Arbitrary<Case> = fc
  .constantFrom(...Object.keys(MACHINES))
  .chain((machine) => movesOf(machine).map((moves) => caseOf(machine, moves)));

function caseOf(machine: string, moves: readonly Move[]): Case {
  const shown = moves.map(({ name, isAwaited, x, y }) => ({ name, isAwaited, x, y }));
  return {
    name: `a sequence on ${machine}`,
    size: moves.length,
    text: () => `a sequence on ${machine}: ${fc.stringify(shown)}`,
    run: () => play(machine, moves),
  };
}

async function play(name: string, moves: readonly Move[]): Promise<boolean> {
  const machine = MACHINES[name]!;
  const subject = machine.make();
  const settled: Promise<boolean>[] = [];
  for (const { step, isAwaited, x, y } of moves) {
    const done = succeeds(async () => await step.call(subject, x, y));
    settled.push(done);
    await (isAwaited ? done : setImmediate());
  }
  machine.halt(subject);
  const outcomes = await inTime(Promise.all(settled));
  await inTime(succeeds(async () => await machine.use(subject)));
  return outcomes.every(Boolean);
}

async function inTime<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('a promise does not settle')), LONGEST_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
