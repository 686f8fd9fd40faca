// Checks by readelf that the addon asks for no newer C and C++ library than promised: what Debian 12,
// Ubuntu 22.04 and later have; and that it was built with stack protectors and full RELRO. Takes files; without any, those in prebuilds/ and the local build.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The newest version of each family of symbols that may be asked for. */
const LIMITS = new Map([
  ['GLIBC', '2.34'],
  ['GLIBCXX', '3.4.30'],
  ['CXXABI', '1.3.13'],
]);

const root = fileURLToPath(new URL('..', import.meta.url));
const given = process.argv.slice(2);
const files = given.length > 0 ? given : built();
if (process.platform !== 'linux') {
  console.log('symbols: nothing to check, the addon of this platform is no ELF file');
} else if (files.length === 0) {
  throw new Error('there is no addon to check; build it with `npm run build:native`');
} else {
  for (const file of files) check(file);
}

/** The glibc addons that were built here. */
function built() {
  const prebuilds = join(root, 'prebuilds');
  const folders = existsSync(prebuilds) ? readdirSync(prebuilds) : [];
  return [
    ...folders
      .filter((folder) => folder.startsWith('linux-') && !folder.endsWith('-musl'))
      .map((folder) => join(prebuilds, folder, 'deeptype.node')),
    join(root, 'build', 'Release', 'deeptype.node'),
  ].filter((file) => existsSync(file));
}

/** What readelf says of a file. @param {string} file @param {string[]} options */
function readelf(file, ...options) {
  const { status, stdout, stderr, error } = spawnSync('readelf', ['--wide', ...options, file], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`readelf ${file} failed:\n${stderr}`);
  return stdout;
}

/** @param {string} file */
function check(file) {
  const [, needs = ''] = readelf(file, '--version-info').split(/^Version needs section/m);
  const name = relative(process.cwd(), file);
  const isHardened =
    /BIND_NOW|Flags:.*NOW/.test(readelf(file, '--dynamic')) &&
    /GNU_RELRO/.test(readelf(file, '--program-headers')) &&
    /__stack_chk_fail/.test(readelf(file, '--dyn-syms'));
  if (!isHardened) {
    process.exitCode = 1;
    console.error(`${name} lacks stack protectors or full RELRO`);
  }
  /** @type {string[]} */
  const newest = [];
  for (const [family, limit] of LIMITS) {
    const versions = [...needs.matchAll(new RegExp(`Name: ${family}_([0-9.]+)`, 'g'))].map(
      ([, version = '']) => version,
    );
    const highest = versions.sort(compare).at(-1);
    if (highest === undefined) continue;
    newest.push(`${family} ${highest} (at most ${limit})`);
    if (compare(highest, limit) > 0) process.exitCode = 1;
  }
  if (newest.length === 0) throw new Error(`${name} names no version of the C library`);
  console.log(`${name}: ${newest.join(', ')}${isHardened ? ', hardened' : ''}`);
  if (process.exitCode === 1) console.error(`${name} does not hold what is promised`);
}

/**
 * @param {string} a
 * @param {string} b
 */
function compare(a, b) {
  return a.localeCompare(b, 'en', { numeric: true });
}
