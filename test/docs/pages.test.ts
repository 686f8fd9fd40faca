import { execFile } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { COMPILERS, complaintsOf } from '../types/compiler.js';
import { folder, type Program, programs, written } from './programs.js';

/**
 * What a program says is printed: the comment at the end of a line that prints, or lines of comment right
 * after one, or after a block that prints more than once.
 */
function promisesOf({ lines }: Program): string[] {
  let follows = false;
  return lines.flatMap((line) => {
    const isPrinting = line.includes('console.log(');
    const own = isPrinting ? /; \/\/ (.*)$/.exec(line)?.[1] : undefined;
    const after = follows ? /^\s*\/\/ (.*)$/.exec(line)?.[1] : undefined;
    follows = line === '}' || after !== undefined || (isPrinting && own === undefined);
    return own ?? after ?? [];
  });
}

/** Runs a program as a user's of the built package, in a folder of its own; returns what it prints. */
async function outputOf(program: Program): Promise<string[]> {
  const path = written(program);
  const home = join(folder, 'runs', program.name);
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  const tsx = createRequire(import.meta.url).resolve('tsx');
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', tsx, path], {
    cwd: home,
    env: { ...process.env, NO_COLOR: '1' },
  });
  return stdout.trimEnd().split('\n');
}

const DECIMAL = /\d+\.\d+/g;

/** Instruction sets round differently: what is printed with a point may be one off in its last place. */
function isAsPromised(printed: string, promised: string): boolean {
  const [seen, said] = [printed, promised].map((line) => line.match(DECIMAL) ?? []);
  return (
    printed.replace(DECIMAL, '') === promised.replace(DECIMAL, '') &&
    said!.every((figure, i) => {
      const unit = 10 ** -figure.split('.')[1]!.length;
      return Math.abs(Number(seen![i]) - Number(figure)) < 1.5 * unit;
    })
  );
}

describe('the programs in the documentation', () => {
  it.each(COMPILERS)('pass strict TypeScript %s', async (_, name) => {
    expect(await complaintsOf(name, folder, programs().map(written))).toBe('');
  });

  it.each(programs().map((program) => [program.name, program] as const))(
    '%s runs, and prints what its page says',
    async (_, program) => {
      const [printed, promised] = [await outputOf(program), promisesOf(program)];
      if (promised.length === 0) return;
      // What is off remains, so that a failure shows it.
      expect(
        printed.map((line, i) => (isAsPromised(line, promised[i] ?? '') ? promised[i] : line)),
      ).toEqual(promised);
    },
  );
});
