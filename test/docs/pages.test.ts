import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The `ts` blocks of a page are one program, read from top to bottom. */
function programOf(page: string): string {
  const text = readFileSync(join(root, 'docs', `${page}.md`), 'utf8');
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code).join('\n');
}

/**
 * What a page says is printed: the comment at the end of a line that prints, or the lines of comment
 * after a block that prints more than once.
 */
function promisesOf(program: string): string[] {
  const promises = program.split('\n').flatMap((line) => {
    const isPromise = line.includes('console.log(') || line.startsWith('// ');
    return (isPromise && /(?:^|; )\/\/ (.*)$/.exec(line)?.[1]) || [];
  });
  expect(promises.length).toBeGreaterThan(0);
  return promises;
}

/** Runs a program as a user's of the built package; returns what it prints. */
async function outputOf(page: string, program: string): Promise<string[]> {
  const folder = join(root, 'out', 'docs');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${page}.ts`);
  writeFileSync(path, program);
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', path], {
    cwd: root,
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

describe('the programs in the documentation print what the pages say', () => {
  it.each(['clusters', 'norms', 'survival'])('docs/%s.md', async (page) => {
    const program = programOf(page);
    const [printed, promised] = [await outputOf(page, program), promisesOf(program)];
    // What is off remains, so that a failure shows it.
    expect(
      printed.map((line, i) => (isAsPromised(line, promised[i] ?? '') ? promised[i] : line)),
    ).toEqual(promised);
  });
});
