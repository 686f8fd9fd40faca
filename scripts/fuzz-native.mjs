// npm run test:fuzz:native [-- SECONDS [TARGET]]: libFuzzer on the targets of test/native/fuzz, SECONDS in
// all (default 600): the addon built by Clang with its counters, AddressSanitizer and UBSan, in Node. What
// finds new ways joins out/fuzz/TARGET; what breaks something is written to test/native/fuzz/crashers/TARGET
// and exits with 1. Without Clang it says so and exits with 0.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const CLANG = process.env.CLANGXX ?? 'clang++';
const HERE = resolve('test/native/fuzz');
const BUILD = resolve('build/fuzz');
const DRIVER = join(BUILD, 'Release', 'fuzz_driver.node');
const seconds = Number(process.argv[2] ?? 600);
const chosen = process.argv[3] === undefined ? ['addon', 'files'] : [process.argv[3]];

if (spawnSync(CLANG, ['--version']).status !== 0 || asan() === undefined) {
  console.log(`fuzz: no ${CLANG} with its runtime libraries here, nothing was fuzzed`);
  process.exit(0);
}
build();
let failed = false;
for (const target of chosen) failed = !fuzz(target, Math.ceil(seconds / chosen.length)) || failed;
process.exitCode = failed ? 1 : 0;

function build() {
  const settings = ['CMAKE_BUILD_TYPE=RelWithDebInfo', 'DEEPTYPE_SANITIZE=address'];
  settings.push('DEEPTYPE_FUZZ=ON', `CMAKE_CXX_COMPILER=${CLANG}`);
  execFileSync(
    'npx',
    ['cmake-js', 'compile', '--out', BUILD, ...settings.map((setting) => `--CD${setting}`)],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
}

/** Whether nothing was found. @param {string} target @param {number} time in seconds */
function fuzz(target, time) {
  const corpus = join(HERE, 'corpus', target);
  const crashers = join(HERE, 'crashers', target);
  const grown = resolve('out/fuzz', target);
  for (const folder of [corpus, crashers, grown]) mkdirSync(folder, { recursive: true });
  const words = resolve('out/fuzz', `${target}.words`);
  const dictionary = wordsOf(corpus);
  writeFileSync(words, dictionary);
  const options = [`-max_total_time=${time}`, '-max_len=4096', '-rss_limit_mb=4096'];
  options.push(`-artifact_prefix=${crashers}/`, '-print_final_stats=1');
  if (process.env.CI) options.push('-seed=1'); // what CI finds can be found again
  if (dictionary !== '') options.push(`-dict=${words}`);
  console.log(`fuzz: ${target}, ${time} s`);
  const main = ['--import', 'tsx', join(HERE, 'main.ts'), target];
  const { status, signal } = spawnSync(
    process.execPath,
    [...main, DRIVER, ...options, grown, corpus],
    { stdio: 'inherit', env: { ...process.env, ...sanitizer() } },
  );
  if (status === 0) return true;
  console.log(`fuzz: ${target} FAILED (${signal ?? status}); the input is in ${crashers}`);
  return false;
}

function sanitizer() {
  // Node frees little at its end. The driver comes first: AddressSanitizer brings functions of the same
  // names for the counters, which do nothing.
  const options = 'detect_leaks=0:quarantine_size_mb=16:verify_asan_link_order=0';
  return {
    DEEPTYPE_NATIVE: join(BUILD, 'Release', 'deeptype.node'),
    LD_PRELOAD: [DRIVER, asan(), libraryOf('libstdc++.so')].join(' '),
    ASAN_OPTIONS: options,
    UBSAN_OPTIONS: 'print_stacktrace=1',
  };
}

/** AddressSanitizer's library, by the names it has had; undefined where it is not installed. */
function asan() {
  return ['libclang_rt.asan-x86_64.so', 'libclang_rt.asan.so'].map(libraryOf).find(existsSync);
}

/** @param {string} name of a library of the compiler */
function libraryOf(name) {
  return execFileSync(CLANG, [`-print-file-name=${name}`], { encoding: 'utf8' }).trim();
}

/** The words between quotes in the corpus, as libFuzzer's dictionary. @param {string} corpus */
function wordsOf(corpus) {
  const words = readdirSync(corpus).flatMap((file) =>
    Array.from(
      readFileSync(join(corpus, file), 'latin1').matchAll(/"([\w.#-]{2,32})"/g),
      ([, word]) => word,
    ),
  );
  return [...new Set(words)].map((word) => `"${word}"\n`).join('');
}
