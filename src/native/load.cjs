// Finds the addon. CommonJS, so that the ESM and the CommonJS build of the package share it as it is.
// Without a word `require`, which bundlers would follow into prebuilds/ or replace by what cannot load
// the addon: what it needs comes from the running Node.
'use strict';

const { closeSync, existsSync, fstatSync, openSync, readdirSync, readFileSync, readSync } =
  process.getBuiltinModule('node:fs');
const { createRequire } = process.getBuiltinModule('node:module');
const { dirname, join, resolve } = process.getBuiltinModule('node:path');
const { types } = process.getBuiltinModule('node:util');

const VARIABLE = 'DEEPTYPE_NATIVE';

/** The prebuilds as seen from dist/esm/native and dist/cjs/native: literal, for tools that trace which files a program needs. */
const prebuilds = typeof __dirname === 'string' ? `${__dirname}/../../../prebuilds` : undefined;

/** What ELF calls the processors (e_machine). */
const ELF_MACHINES = new Map([
  [3, 'ia32'],
  [40, 'arm'],
  [62, 'x64'],
  [183, 'arm64'],
  [243, 'riscv64'],
]);

/** The folder in prebuilds/ for this process: platform-arch, and -musl where the C library is musl. */
function target() {
  return `${process.platform}-${process.arch}${usesMusl() ? '-musl' : ''}`;
}

function usesMusl() {
  if (process.platform !== 'linux') return false;
  const report = /** @type {NodeJS.ProcessReport & { excludeNetwork?: boolean }} */ (
    process.report
  );
  const { excludeNetwork = false } = report;
  report.excludeNetwork = true; // looks up names, which may take seconds
  const { header } = /** @type {{ header: object }} */ (report.getReport());
  report.excludeNetwork = excludeNetwork;
  return !('glibcVersionRuntime' in header);
}

/**
 * Folders that may hold prebuilds/ or build/: that of this package; bundled into another file, that of
 * the package as seen from there, and the one where the bundle lies.
 */
function roots() {
  const places = moduleFolders();
  for (let folder = places[0] ?? ''; ; folder = dirname(folder)) {
    if (nameOf(join(folder, 'package.json')) === 'deeptype') return [folder];
    if (dirname(folder) === folder) break;
  }
  return [...places.flatMap(installedFrom), ...places];
}

/** The folder of this file. An ESM bundle has no such name: that of the program, and the current one. */
function moduleFolders() {
  if (typeof __dirname === 'string') return [__dirname];
  const program = process.argv[1];
  return [...(program ? [dirname(resolve(program))] : []), process.cwd()];
}

/** @param {string} manifest */
function nameOf(manifest) {
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).name : undefined;
}

/**
 * The folder of the package as seen from another one; none where it is not installed there.
 * @param {string} folder
 */
function installedFrom(folder) {
  try {
    return [dirname(createRequire(join(folder, 'bundle.js')).resolve('deeptype/package.json'))];
  } catch {
    return [];
  }
}

/**
 * Where the addon may lie, first choice first. What the environment names is the only choice.
 * @param {string} folder in prebuilds/
 */
function candidates(folder) {
  const explicit = process.env[VARIABLE];
  if (explicit) return [resolve(explicit)];
  const within = roots();
  return [
    ...new Set([
      ...within.map((root) => join(root, 'prebuilds', folder, 'deeptype.node')),
      ...within.map((root) => join(root, 'build', 'Release', 'deeptype.node')),
    ]),
  ];
}

/**
 * What is wrong with a file for this process, as its ELF header tells it; undefined where nothing is.
 * Asked before loading: glibc calls a file for another processor "No such file or directory", and to
 * load one that was cut short ends the process.
 * @param {string} path
 */
function defectOf(path) {
  if (process.platform !== 'linux') return undefined;
  const { header, size } = headerOf(path);
  if (header.toString('latin1', 0, 4) !== '\x7fELF') return 'not a shared library';
  if (header.length < 64) return `cut short: ${size} bytes`;
  const machine = ELF_MACHINES.get(header.readUInt16LE(18)) ?? 'another processor';
  if (machine !== process.arch) return `built for ${machine}, this process is ${process.arch}`;
  // The table of sections is the last part of the file: e_shoff + e_shentsize * e_shnum, in 64 bits.
  const is64 = header[4] === 2;
  const end = is64
    ? Number(header.readBigUInt64LE(40)) + header.readUInt16LE(58) * header.readUInt16LE(60)
    : 0;
  return size < end ? `cut short: ${size} of ${end} bytes` : undefined;
}

/** @param {string} path */
function headerOf(path) {
  const header = Buffer.alloc(64);
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    return { header: header.subarray(0, readSync(file, header, 0, header.length, 0)), size };
  } finally {
    closeSync(file);
  }
}

/** The folders of prebuilds/ that are there. */
function available() {
  return roots().flatMap((root) => {
    try {
      return readdirSync(join(root, 'prebuilds'));
    } catch {
      return [];
    }
  });
}

/**
 * Loads the addon from the first place that has a working one.
 * @returns {{ addon?: unknown, target: string, explicit: boolean, available: string[],
 *   tried: { path: string, reason: string, error?: unknown }[] }}
 */
function load() {
  const folder = target();
  const explicit = Boolean(process.env[VARIABLE]);
  /** @type {{ path: string, reason: string, error?: unknown }[]} */
  const tried = [];
  for (const path of candidates(folder)) {
    if (!existsSync(path)) {
      tried.push({ path, reason: 'no such file' });
      continue;
    }
    try {
      const defect = defectOf(path);
      if (defect === undefined) {
        return { addon: createRequire(path)(path), target: folder, explicit, available: [], tried };
      }
      tried.push({ path, reason: defect });
    } catch (error) {
      tried.push({
        path,
        reason: types.isNativeError(error) ? error.message : String(error),
        error,
      });
    }
  }
  return { target: folder, explicit, available: available(), tried };
}

module.exports = { load, target, prebuilds };
