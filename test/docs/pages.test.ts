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

/** What a page says is printed: the comment at the end of each line that prints. */
function promisesOf(program: string): string[] {
  const printing = program.split('\n').filter((line) => line.includes('console.log('));
  return printing.map((line) => {
    const promise = /; \/\/ (.*)$/.exec(line)?.[1];
    expect(promise, `what is printed, after: ${line}`).toBeDefined();
    return promise!;
  });
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

describe('the programs in the documentation print what the pages say', () => {
  it.each(['survival'])('docs/%s.md', async (page) => {
    const program = programOf(page);
    const promises = promisesOf(program);
    expect(promises.length).toBeGreaterThan(0);
    expect(await outputOf(page, program)).toEqual(promises);
  });
});
