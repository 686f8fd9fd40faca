import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What an example prints; it imports the built package by its name, as a user's program does. */
async function run(
  example: string,
  environment: Record<string, string> = {},
  options: readonly string[] = [],
): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', join('examples', example), ...options],
    { cwd: root, env: { ...process.env, ...environment }, maxBuffer: 16e6 },
  );
  return stdout;
}

function figure(text: string, pattern: RegExp): number {
  const found = pattern.exec(text)?.[1];
  expect(found, `${pattern} in\n${text}`).toBeDefined();
  return Number(found);
}

describe('the quickstart', () => {
  const program = readFileSync(join(root, 'examples/quickstart.ts'), 'utf8');

  it('is the program of the README', () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    expect(readme).toContain(`\`\`\`ts\n${program}\`\`\``);
  });

  it('selects the five columns that matter and finds the four clusters', async () => {
    const text = await run('quickstart.ts');
    const list = (label: string) => new RegExp(`${label}:\\s+(\\[[^\\]]*\\])`).exec(text)?.[1];
    expect(list('columns that matter')).toBeDefined();
    expect(list('columns selected')).toBe(list('columns that matter'));
    expect(figure(text, /clusters, ARI:\s+([\d.]+)/)).toBeGreaterThan(0.98);
    expect(figure(text, /accuracy:\s+([\d.]+)/)).toBeGreaterThan(0.98);
    expect(figure(text, /KKT residual\/alpha:\s+(\S+)/)).toBeLessThan(0.02);
  });
});

describe('the breast-cancer example', () => {
  const folder = mkdtempSync(join(tmpdir(), 'deeptype-breast-cancer-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('says so where a table is absent', async () => {
    const text = await run('breast-cancer.ts', {}, ['--data', folder]);
    expect(text).toContain('SCAN-B: SKIPPED, scanb_400x1000.csv.gz is absent');
    expect(text).toContain('METABRIC: SKIPPED, metabric_1976x600.csv.gz is absent');
  });

  it.skipIf(!existsSync(join(root, '../shared/data/scanb_400x1000.csv.gz')))(
    'finds what docs/guide/breast-cancer.md says, on the instruction set that it names',
    async () => {
      const options = ['--tables', 'scanb', '--short', '--out', folder];
      const text = await run('breast-cancer.ts', { DEEPTYPE_SIMD: 'baseline' }, options);
      const page = readFileSync(join(root, 'docs/guide/breast-cancer.md'), 'utf8');
      for (const [printed, documented, isTrained] of [
        ['DeepType, K from 5', 'DeepType, K from 5', true],
        ['K-means, raw columns, same K', 'K-means, raw columns', false],
        ['K-means, PCA, same K', 'K-means, PCA(20)', false],
        ['PAM50 itself', 'PAM50 itself', false],
      ] as const) {
        const line = text.split('\n').find((row) => row.trim().startsWith(printed)) ?? '';
        const row = page.split('\n').find((row) => row.startsWith(`| ${documented} |`)) ?? '';
        expectAlike(numbersOf(line, printed), numbersOf(row, documented), isTrained);
      }
      expect(figure(text, /accuracy of the subtypes out of fold: ([\d.]+)/)).toBeCloseTo(
        figure(page, /Accuracy of the subtypes out of fold: (\d\.\d+)/),
        2,
      );
      expect(readFileSync(join(folder, 'scanb-survival.svg'), 'utf8')).toContain('PAM50');
    },
  );
});

/** The numbers of a row of a table after its name. */
function numbersOf(row: string, name: string): number[] {
  const numbers = row.slice(row.indexOf(name) + name.length).match(/\d+(?:\.\d+)?(?:e[-+]\d+)?/g);
  return (numbers ?? []).map(Number);
}

/**
 * Numbers as printed: equal where no network is trained; else counts of clusters are equal, shares within 0.03
 * and p within a factor of 10, as much as rounding moves them where 48 patients died.
 */
function expectAlike(seen: number[], said: number[], isTrained: boolean): void {
  if (!isTrained) {
    expect(seen).toEqual(said);
    return;
  }
  expect(seen).toHaveLength(15); // K of five folds, three shares, a size, p and df of three tests
  expect(seen.slice(0, 5)).toEqual(said.slice(0, 5));
  for (const k of [5, 6, 7]) expect(Math.abs(seen[k]! - said[k]!)).toBeLessThan(0.03);
  for (const k of [9, 11, 13]) expect(Math.abs(Math.log10(seen[k]! / said[k]!))).toBeLessThan(1);
}

describe('the demo', () => {
  const folder = mkdtempSync(join(tmpdir(), 'deeptype-demo-'));
  let synthetic = '';
  let wdbc = '';
  beforeAll(async () => {
    const text = await run('demo.ts', { DEEPTYPE_DEMO_OUT: folder });
    [, synthetic = '', wdbc = ''] = text.split(/^(?=Synthetic|Breast cancer)/m);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('selects exactly the five inputs that matter', () => {
    expect(synthetic).toMatch(/selected\s+5 of 20 inputs/);
    expect(synthetic).toMatch(/5 of the 5 that matter, 0 of the 15 that do not/);
  });

  it('finds the four clusters', () => {
    expect(synthetic).toMatch(/1000 samples, 20 inputs.*; 4 clusters/);
    expect(figure(synthetic, /ARI ([\d.]+), NMI/)).toBeGreaterThan(0.98);
    expect(figure(synthetic, /NMI ([\d.]+), accuracy/)).toBeGreaterThan(0.97);
  });

  it('certifies its zeros', () => {
    for (const text of [synthetic, wdbc]) {
      expect(figure(text, /KKT residual \/ alpha (\S+)/)).toBeLessThan(0.02);
    }
  });

  it('names the inputs of the real table and predicts its labels', () => {
    expect(wdbc).toMatch(/569 samples, 30 inputs; labelled by diagnosis/);
    expect(figure(wdbc, /selected\s+(\d+) of 30 inputs: [a-z]+_[a-z]+ /)).toBeLessThan(30);
    expect(figure(wdbc, /([\d.]+) on a quarter held out/)).toBeGreaterThan(0.93);
    expect(figure(wdbc, /clusters\s+ARI ([\d.]+)/)).toBeGreaterThan(0.7);
  });

  it('separates the clusters better in the learned representation than in the inputs', () => {
    for (const text of [synthetic, wdbc]) {
      const before = figure(text, /standardised inputs \(\d+\)\s+(-?[\d.]+)/);
      expect(figure(text, /PCA of the inputs \(5\)\s+(-?[\d.]+)/)).toBeGreaterThan(before);
      expect(figure(text, /learned representation \(32\)\s+(-?[\d.]+)/)).toBeGreaterThan(before);
    }
  });

  it('says how long each phase took', () => {
    expect(synthetic).toMatch(/pretrain [\d.]+ s, joint [\d.]+ s, settle [\d.]+ s, fit [\d.]+ s/);
  });

  it.each([
    ['synthetic-scatter', 2000],
    ['synthetic-importances', 5],
    ['synthetic-losses', 3],
    ['wdbc-scatter', 1138],
    ['wdbc-importances', 5],
    ['wdbc-losses', 3],
  ])('draws %s.svg', (name, marks) => {
    const svg = readFileSync(join(folder, `${name}.svg`), 'utf8');
    expect(svg).toMatch(/^<svg[^>]*>[\s\S]*<\/svg>$/);
    expect(svg.match(/<path/g)?.length).toBeGreaterThanOrEqual(marks);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe('the norms', () => {
  const folder = mkdtempSync(join(tmpdir(), 'deeptype-norms-'));
  let text = '';
  beforeAll(async () => {
    text = await run('norms.ts', { DEEPTYPE_NORMS_OUT: folder });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Not zero, and of those how many matter. */
  const counts = (model: string, alpha: number): number[] => {
    const row = new RegExp(`^${model} +${alpha} +(\\d+) +(\\d+) `, 'm').exec(text);
    expect(row, text).not.toBeNull();
    return row!.slice(1).map(Number);
  };

  it('Lasso removes features, the more the larger its weight, and keeps those that matter', () => {
    const [many, ofThem] = counts('Lasso', 0.1);
    expect(many).toBeGreaterThan(10);
    expect(many).toBeLessThan(30);
    expect(ofThem).toBe(5);
    expect(counts('Lasso', 10)).toEqual([5, 5]);
  });

  it('Ridge removes none', () => {
    for (const alpha of [0.1, 10]) expect(counts('Ridge', alpha)).toEqual([30, 5]);
  });

  it('draws the path', () => {
    const svg = readFileSync(join(folder, 'norms-lasso-path.svg'), 'utf8');
    expect(svg).toMatch(/^<svg[^>]*>[\s\S]*<\/svg>$/);
    expect(svg.match(/<path/g)?.length).toBeGreaterThanOrEqual(30);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });
});
