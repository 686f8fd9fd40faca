// What the pages for contributors say is so.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './programs.js';

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const PAGES = ['README.md', 'CONTRIBUTING.md', 'docs/contributing.md', 'docs/architecture.md'];

describe('pages for contributors', () => {
  it.each(PAGES)('%s names files and folders that exist', (page) => {
    const inner = read(page).matchAll(
      /`((?:src|native|test|docs|bench|examples|scripts)\/[\w./-]*)`/g,
    );
    const missing = [...inner]
      .map(([, path]) => path!)
      .filter((path) => !existsSync(join(root, path)));
    expect(missing).toEqual([]);
  });

  it('list every npm script', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const table = read('docs/contributing.md').split('## All commands')[1]!.split('\n## ')[0]!;
    const rows = table.split('\n').filter((line) => line.startsWith('| `'));
    const named = rows.flatMap((row) => row.split('|')[1]!.match(/`[^`]+`/g)!);
    expect(named.map((name) => name.slice(1, -1)).sort()).toEqual(Object.keys(scripts).sort());
  });
});

describe('the house', () => {
  const sources = ['src', 'native', 'test'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|cc|h)$/.test(name))
      .map((name) => join(folder, name)),
  );
  const longerThan = (most: number, folder: string) =>
    sources
      .filter((path) => path.startsWith(`${folder}/`))
      .filter((path) => read(path).split('\n').length - 1 > most);

  it('has no test file of more than 400 lines', () => {
    expect(longerThan(400, 'test')).toEqual([]);
  });

  it('has test files in folders only', () => {
    expect(sources.filter((path) => /^test\/[^/]*$/.test(path))).toEqual([]);
  });
});
