import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import loader from '../../src/native/load.cjs';

const LOADER = fileURLToPath(new URL('../../src/native/load.cjs', import.meta.url));
const PACKAGE = createRequire(import.meta.url).resolve('deeptype');
const onLinux = it.runIf(process.platform === 'linux');

let folder = '';
/** An addon that works, and its bytes. */
let addon = '';
let bytes = Buffer.alloc(0);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'deeptype-load-'));
  expect(loader.load().addon).toBeDefined();
  const { sharedObjects } = process.report.getReport() as unknown as { sharedObjects: string[] };
  addon = sharedObjects.find((path) => path.endsWith('deeptype.node')) ?? '';
  bytes = readFileSync(addon);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the first use of the package says in a process of its own; '' where it works. */
function messageWith(path: string): string {
  const program = `
    const { KMeans } = require(${JSON.stringify(PACKAGE)});
    try { new KMeans({ clusters: 1 }).fit([[1]]); }
    catch (error) { console.log(error.code + ' ' + error.message); }`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', program], {
    encoding: 'utf8',
    env: { ...process.env, DEEPTYPE_NATIVE: path },
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout;
}

function fileWith(name: string, content: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('an addon named by DEEPTYPE_NATIVE', () => {
  it('is the one that is used', () => {
    const path = join(folder, 'copy.node');
    copyFileSync(addon, path);
    const program = `const { addon } = require(${JSON.stringify(LOADER)}).load();
      console.log(typeof addon.kmeans, process.report.getReport().sharedObjects.includes(${JSON.stringify(path)}));`;
    const { stdout } = spawnSync(process.execPath, ['-e', program], {
      encoding: 'utf8',
      env: { ...process.env, DEEPTYPE_NATIVE: path },
    });
    expect(stdout.trim()).toBe('function true');
  });

  it('may be missing, and no other is taken', () => {
    const message = messageWith(join(folder, 'none.node'));
    expect(message).toMatch(/^ERR_NATIVE_LOAD the native addon could not be loaded/);
    expect(message).toContain(`${join(folder, 'none.node')}: no such file`);
    expect(message).toMatch(/DEEPTYPE_NATIVE is set, so no other place was tried: unset it/);
    expect(message).not.toContain('build/Release');
  });

  onLinux('may be no library, or half of one', () => {
    expect(messageWith(fileWith('text.node', 'no library at all, but text'))).toMatch(
      /^ERR_NATIVE_LOAD .*text\.node: not a shared library$/ms,
    );
    expect(messageWith(fileWith('empty.node', ''))).toMatch(/empty\.node: not a shared library$/m);
    // To load these would end the process.
    for (const size of [10, 4096, bytes.length - 1]) {
      expect(messageWith(fileWith(`${size}.node`, bytes.subarray(0, size)))).toMatch(
        new RegExp(`^ERR_NATIVE_LOAD .*${size}\\.node: cut short: ${size} `, 'ms'),
      );
    }
  });

  onLinux('may be built for another processor', () => {
    const foreign = Buffer.from(bytes);
    const [machine, name] = process.arch === 'arm64' ? [62, 'x64'] : [183, 'arm64'];
    foreign.writeUInt16LE(machine, 18); // e_machine
    expect(messageWith(fileWith('foreign.node', foreign))).toMatch(
      new RegExp(`built for ${name}, this process is ${process.arch}$`, 'm'),
    );
  });

  it('may be a library without the addon', () => {
    const other = process.platform === 'linux' ? '/proc/self/exe' : process.execPath;
    expect(messageWith(other)).toMatch(/^ERR_NATIVE_LOAD /);
  });
});

describe('the search', () => {
  it('takes the prebuild before the local build, and names all places where there is none', () => {
    const root = join(folder, 'package');
    const source = join(root, 'dist', 'esm', 'native');
    mkdirSync(source, { recursive: true });
    writeFileSync(join(root, 'package.json'), '{ "name": "deeptype" }');
    copyFileSync(LOADER, join(source, 'load.cjs'));
    const load = () => {
      const program = `
        const { addon, ...rest } = require(${JSON.stringify(join(source, 'load.cjs'))}).load();
        const { sharedObjects } = process.report.getReport();
        const from = sharedObjects.find((path) => path.endsWith('deeptype.node'));
        console.log(JSON.stringify({ found: typeof addon === 'object', from, ...rest }));`;
      const { DEEPTYPE_NATIVE: _, ...env } = process.env;
      const { stdout } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8', env });
      return JSON.parse(stdout);
    };
    const target = loader.target();
    const prebuild = join(root, 'prebuilds', target, 'deeptype.node');
    const local = join(root, 'build', 'Release', 'deeptype.node');

    mkdirSync(join(root, 'prebuilds', 'plan9-mips'), { recursive: true });
    expect(load()).toEqual({
      found: false,
      target,
      explicit: false,
      available: ['plan9-mips'],
      tried: [
        { path: prebuild, reason: 'no such file' },
        { path: local, reason: 'no such file' },
      ],
    });
    mkdirSync(join(root, 'build', 'Release'), { recursive: true });
    copyFileSync(addon, local);
    expect(load()).toMatchObject({ found: true, from: local });
    mkdirSync(join(root, 'prebuilds', target));
    writeFileSync(prebuild, 'broken');
    expect(load()).toMatchObject({ found: true, from: local, tried: [{ path: prebuild }] });
    copyFileSync(addon, prebuild);
    expect(load()).toMatchObject({ found: true, from: prebuild, tried: [] });
  });

  onLinux('tells musl from glibc by the report of the process', () => {
    const program = (header: string) => `
      process.report.getReport = () => ({ header: ${header} });
      console.log(require(${JSON.stringify(LOADER)}).target());`;
    const targetWith = (header: string) =>
      spawnSync(process.execPath, ['-e', program(header)], { encoding: 'utf8' }).stdout.trim();
    expect(targetWith('{}')).toBe(`linux-${process.arch}-musl`);
    expect(targetWith(`{ glibcVersionRuntime: '2.36' }`)).toBe(`linux-${process.arch}`);
  });
});
