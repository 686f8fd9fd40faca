// A metric costs the places that docs/contributing.md lists: a toy is added to a copy of src/ at these, and called.
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

it('a metric is a function in src/metrics/, its name in the index, and a line of the fuzz', () => {
  const page = readFileSync(join(ROOT, 'docs/contributing.md'), 'utf8');
  const section = page.split('### A metric\n')[1]!.split('\n### ')[0]!;
  const places = [...section.matchAll(/^\d\. .*?`([^`]+)`/gm)].map(([, path]) => path);
  expect(places).toEqual([
    'src/metrics/',
    'src/metrics/index.ts',
    'test/system/fuzz/calls/clustering.ts',
  ]);

  const copy = mkdtempSync(join(tmpdir(), 'deeptype-metric-'));
  try {
    for (const part of ['src', 'package.json']) {
      cpSync(join(ROOT, part), join(copy, part), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    writeFileSync(
      join(copy, 'src/metrics/toy.ts'),
      'export const toy = (truth: number[], predicted: number[]) => truth.length + predicted.length;',
    );
    appendFileSync(join(copy, 'src/metrics/index.ts'), "export { toy } from './toy.js';\n");
    const body = "import { metrics } from './src/index.ts'; console.log(metrics.toy([1, 2], [3]));";
    const program = ['--import', 'tsx', '--input-type=module', '-e', body];
    expect(execFileSync(process.execPath, program, { cwd: copy, encoding: 'utf8' })).toBe('3\n');
  } finally {
    rmSync(copy, { recursive: true });
  }
});
