// Gathers the licences of all that is installed with this package, or compiled into its addon, into
// THIRD_PARTY_NOTICES.txt, which the package ships: `npm run notices`, after each change of dependencies.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const FILE = join(ROOT, 'THIRD_PARTY_NOTICES.txt');

/** Not installed with the package: its headers are compiled into the addon. */
const COMPILED_IN = ['node-addon-api'];

/**
 * What stands for the licence of packages that come without a file of it.
 * @type {Record<string, (folder: string) => string[]>}
 */
const WITHOUT_FILE = {
  '@bufbuild/protobuf': (folder) => [
    headOf(join(folder, 'dist/esm/index.js')),
    textOf('Apache-2.0'),
    `Of dist/*/wire/varint.js:\n\n${headOf(join(folder, 'dist/esm/wire/varint.js'))}`,
  ],
  'binary-search': (folder) => [sectionOf(join(folder, 'README.md')), textOf('CC0-1.0')],
  'fft.js': (folder) => [sectionOf(join(folder, 'README.md'))],
};

const HEAD = `Third-party notices

The package deeptype is under the licence in LICENSE. It depends on the packages below, or is compiled
with parts of them; each is followed by its own licence.
`;

/** The whole file, as it is now due. */
export function notices() {
  const parts = [...runtimePackages()].sort(byName).map(([name, folder]) => {
    const { version, license } = manifestOf(folder);
    return `${'='.repeat(80)}\n${name} ${version} (${license})\n\n${licenceOf(name, folder)}\n`;
  });
  return [HEAD, ...parts].join('\n');
}

/** Folders by name: the dependencies, theirs, and so on. */
function runtimePackages() {
  /** @type {Map<string, string>} */
  const found = new Map();
  const queue = [...Object.keys(manifestOf(ROOT).dependencies), ...COMPILED_IN].map((name) => ({
    name,
    from: ROOT,
  }));
  for (const { name, from } of queue) {
    const folder = installed(name, from);
    if (found.get(name) === folder) continue;
    if (found.has(name))
      throw new Error(`${name} is installed twice: tell its versions apart here`);
    found.set(name, folder);
    const names = Object.keys(manifestOf(folder).dependencies ?? {});
    queue.push(...names.map((dependency) => ({ name: dependency, from: folder })));
  }
  return found;
}

/**
 * Where Node finds a package.
 * @param {string} name
 * @param {string} from
 * @returns {string}
 */
function installed(name, from) {
  const folder = join(from, 'node_modules', name);
  if (existsSync(join(folder, 'package.json'))) return folder;
  if (dirname(from) === from) throw new Error(`${name} is not installed: run npm ci`);
  return installed(name, dirname(from));
}

/**
 * @param {string} name
 * @param {string} folder
 */
function licenceOf(name, folder) {
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
  const texts = files.length > 0 ? files.map((file) => read(folder, file)) : missing(name, folder);
  return texts.map(tidy).join('\n\n');
}

/**
 * @param {string} name
 * @param {string} folder
 */
function missing(name, folder) {
  const texts = WITHOUT_FILE[name]?.(folder);
  if (texts === undefined) {
    throw new Error(
      `${name} has no licence file: say in scripts/notices.mjs where its terms stand`,
    );
  }
  return texts;
}

/**
 * The comment that a source file begins with.
 * @param {string} file
 */
function headOf(file) {
  const lines = read(file).split('\n');
  const end = lines.findIndex((line) => !line.startsWith('//'));
  if (end < 1) throw new Error(`${file} does not begin with a comment`);
  return lines
    .slice(0, end)
    .map((line) => line.replace(/^\/\/ ?/, ''))
    .join('\n');
}

/**
 * What a README says from its heading "License" on.
 * @param {string} file
 */
function sectionOf(file) {
  const [, section] = /^(?:#+ )?license\n(?:-+\n)?(.*)$/ims.exec(read(file)) ?? [];
  if (section === undefined) throw new Error(`${file} has no section on its licence`);
  return section;
}

/** @param {string} name of a licence whose text the package only names */
function textOf(name) {
  return read(ROOT, 'scripts', 'licences', `${name}.txt`);
}

/** @param {string[]} path */
function read(...path) {
  return readFileSync(join(...path), 'utf8').replaceAll('\r\n', '\n');
}

/** @param {string} text */
function tidy(text) {
  return text.replace(/[ \t]+$/gm, '').replace(/^\n+|\n+$/g, '');
}

/** @param {string} folder */
function manifestOf(folder) {
  return JSON.parse(read(folder, 'package.json'));
}

/**
 * @param {[string, string]} a
 * @param {[string, string]} b
 */
function byName([a], [b]) {
  return a < b ? -1 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFileSync(FILE, notices());
