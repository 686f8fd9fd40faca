// What the pages for contributors say is so.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './programs.js';

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'docs/contributing.md',
  'docs/architecture.md',
];

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

describe('files for tools', () => {
  it('CITATION.cff has the version of the package', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string };
    expect(read('CITATION.cff')).toContain(`\nversion: ${version}\n`);
  });

  it('.vscode names scripts, tasks and programs that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const { tasks } = JSON.parse(read('.vscode/tasks.json')) as {
      tasks: { label: string; script?: string }[];
    };
    const { configurations } = JSON.parse(read('.vscode/launch.json')) as {
      configurations: { program: string; preLaunchTask?: string }[];
    };
    for (const { script } of tasks)
      if (script !== undefined) expect(scripts).toHaveProperty(script);
    const labels = tasks.map(({ label }) => label);
    for (const { program, preLaunchTask } of configurations) {
      if (preLaunchTask !== undefined) expect(labels).toContain(preLaunchTask);
      const path = program.replace(/^\$\{workspaceFolder\}\//, '');
      if (path.startsWith('node_modules/')) expect(existsSync(join(root, path)), path).toBe(true);
    }
    for (const name of ['extensions', 'settings']) JSON.parse(read(`.vscode/${name}.json`));
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
