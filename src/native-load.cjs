// Finds the addon. CommonJS, so that the ESM and the CommonJS build of the package share it as it is.
'use strict';

const { existsSync } = require('node:fs');
const { dirname, join } = require('node:path');

/** The folder of the package: the nearest one above that holds a package.json with a name. */
function packageRoot() {
  for (let folder = __dirname; ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest) && require(manifest).name) return folder;
    if (dirname(folder) === folder) throw new Error(`no package.json above ${__dirname}`);
  }
}

/** @returns {string[]} where the addon may lie, first choice first */
function candidates() {
  const root = packageRoot();
  const target = `${process.platform}-${process.arch}`;
  const fromEnvironment = process.env.DEEPTYPE_ADDON;
  return [
    ...(fromEnvironment ? [fromEnvironment] : []),
    join(root, 'prebuilds', target, 'deeptype.node'),
    join(root, 'build', 'Release', 'deeptype.node'),
  ];
}

/**
 * Loads the addon from the first place that has a working one.
 * @returns {{ addon?: unknown, tried: { path: string, reason: string, error?: unknown }[] }}
 */
function load() {
  /** @type {{ path: string, reason: string, error?: unknown }[]} */
  const tried = [];
  for (const path of candidates()) {
    if (!existsSync(path)) {
      tried.push({ path, reason: 'no such file' });
      continue;
    }
    try {
      return { addon: require(path), tried };
    } catch (error) {
      tried.push({ path, reason: error instanceof Error ? error.message : String(error), error });
    }
  }
  return { tried };
}

module.exports = { load };
