// The programs in the documentation: what its `ts` blocks say, ready to compile and to run.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GIVEN } from './given.js';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const folder = join(root, 'out', 'docs');

export interface Program {
  /** Such as `files-2`, the second program of the page files.md. */
  readonly name: string;
  /** The lines of its blocks. */
  readonly lines: readonly string[];
}

/** README and the pages below docs/, by path. */
export function pages(): Map<string, string> {
  const names = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' });
  const below = names.filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`);
  const paths = ['README.md', ...below];
  return new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}

/** All programs of all pages. A block that imports begins one; a block that does not goes on with it. */
export function programs(): Program[] {
  return [...pages()].flatMap(([path, text]) => {
    const found: string[][] = [];
    for (const [, block] of text.matchAll(/^```ts\n(.*?)^```$/gms)) {
      const lines = block!.trimEnd().split('\n');
      if (found.length === 0 || block!.startsWith('import ')) found.push(lines);
      else found.at(-1)!.push(...lines);
    }
    const page = basename(path, '.md');
    return found.map((lines, i) => ({ name: `${page}-${i + 1}`, lines }));
  });
}

/** Writes a program as a user's file, after what its page takes as given; returns the path. */
export function written({ name, lines }: Program): string {
  const text = lines.join('\n');
  const imports = text.match(/^import [^;]*;.*$/gm) ?? [];
  const rest = imports.reduce((left, line) => left.replace(line, ''), text);
  const given = GIVEN[name.replace(/-\d+$/, '')] ?? '';
  const begin = `import * as given from 'deeptype';\n${given}`;
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.ts`);
  // In braces, so that a page may name anew what is given.
  writeFileSync(path, [begin, ...imports, '{', rest, '}\nexport {};\n'].join('\n'));
  return path;
}
