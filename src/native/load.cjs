// Finds the addon. CommonJS, so that the ESM and the CommonJS build of the package share this file.
// It does not use the identifier `require`, which bundlers would follow into prebuilds/ or replace by a
// function that cannot load the addon: it uses the modules of the running Node.
'use strict';

const { closeSync, existsSync, fstatSync, openSync, readdirSync, readFileSync, readSync } =
  process.getBuiltinModule('node:fs');
const { createRequire } = process.getBuiltinModule('node:module');
const { dirname, join, resolve } = process.getBuiltinModule('node:path');
const { types } = process.getBuiltinModule('node:util');

const VARIABLE = 'DEEPTYPE_NATIVE';

/** The prebuilds, relative to dist/esm/native and dist/cjs/native: a literal, for tools that trace the files of a program. */
const prebuilds = typeof __dirname === 'string' ? `${__dirname}/../../../prebuilds` : undefined;

/** ELF codes of the processors (e_machine). */
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
  report.excludeNetwork = true; // network reports resolve host names, which may take seconds
  const { header } = /** @type {{ header: object }} */ (report.getReport());
  report.excludeNetwork = excludeNetwork;
  return !('glibcVersionRuntime' in header);
}

/**
 * Folders that may hold prebuilds/ or build/: that of this package; for a bundle, that of the package as
 * resolved from the bundle, and the folder of the bundle.
 */
function roots() {
  const places = moduleFolders();
  for (let folder = places[0] ?? ''; ; folder = dirname(folder)) {
    if (nameOf(join(folder, 'package.json')) === 'deeptype') return [folder];
    if (dirname(folder) === folder) break;
  }
  return [...places.flatMap(installedFrom), ...places];
}

/** The folder of this file. An ESM bundle has no __dirname: then the program's folder and the current one. */
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
 * The folder of the package as resolved from another folder; none if it is not installed there.
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
 * Candidate paths of the addon in order of preference; DEEPTYPE_NATIVE is the only candidate if it is set.
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
 * The reason why this process cannot load a file, by its ELF header; undefined if there is none.
 * Checked before loading: glibc reports a file for another processor as "No such file or directory", and
 * loading a truncated file crashes the process.
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

/** The existing folders of prebuilds/. */
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
 * Loads the addon from the first candidate path that works.
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
