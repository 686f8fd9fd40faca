// npm run test:sanitize [-- --short] [address|thread] [vitest arguments]: builds the core's test program and the
// addon with GCC's or Clang's sanitizers and runs the tests on them. `address` (with undefined behaviour)
// runs the core's tests, leaks included, and those of SUITE in Node; `thread` the core's tests.
// --short: the core's tests alone, on the best instruction set.
// Exits with 1 on any failure or report. Nothing of ours is suppressed.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

// The tests that reach the native code in most ways. Not those that start many workers, and not those
// that measure memory, which a sanitizer keeps for a while.
const SUITE = [
  'test/border',
  'test/bad-input',
  'test/gradients.test.ts',
  'test/losses',
  'test/proximal.test.ts',
  'test/deeptype/fit.test.ts',
  'test/deeptype/custom-loss.test.ts',
  'test/deeptype/predict.test.ts',
  'test/lifecycle/abort.test.ts',
  'test/lifecycle/busy.test.ts',
  'test/lifecycle/dispose.test.ts',
  'test/clustering/kmeans.test.ts',
  'test/linear/elastic-net.test.ts',
  'test/linear/ridge.test.ts',
];
const given = process.argv.slice(2).filter((argument) => argument !== '--short');
const isShort = given.length < process.argv.length - 2;
const [first, ...rest] = given;
const chosen = first === 'address' || first === 'thread' ? [first] : ['address', 'thread'];
const files = chosen[0] === first ? rest : given;
let failed = false;

for (const sanitizer of chosen) {
  const folder = resolve('build', sanitizer);
  const reports = resolve('out', `sanitize-${sanitizer}`);
  rmSync(reports, { recursive: true, force: true });
  mkdirSync(reports, { recursive: true });
  build(sanitizer, folder);
  const tests = join(folder, 'deeptype_core_tests');
  if (sanitizer === 'thread') {
    // Without randomised addresses: older runtimes of this sanitizer find no room otherwise.
    run('setarch', ['-R', tests], { TSAN_OPTIONS: `log_path=${reports}/core` });
  } else {
    for (const level of isShort ? ['avx512'] : ['baseline', 'avx2', 'avx512']) {
      // An instruction set that the machine has not gives the next lower one.
      run(tests, [], { DEEPTYPE_SIMD: level, ASAN_OPTIONS: `log_path=${reports}/core` });
    }
    if (!isShort) runSuite(folder, reports);
  }
  for (const file of existsSync(reports) ? readdirSync(reports) : []) {
    failed = true;
    console.log(readFileSync(join(reports, file), 'utf8').slice(0, 10_000));
  }
}
console.log(failed ? 'sanitizers: FAILED' : `sanitizers (${chosen.join(', ')}): no report`);
process.exitCode = failed ? 1 : 0;

/** SUITE in Node. @param {string} folder @param {string} reports */
function runSuite(folder, reports) {
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--testTimeout=240000'];
  // Node frees little at its end, and throws through code that is not instrumented.
  const options = ['detect_leaks=0', 'quarantine_size_mb=16', `log_path=${reports}/node`];
  run(process.execPath, [...vitest, ...(files.length > 0 ? files : SUITE)], {
    DEEPTYPE_NATIVE: join(folder, 'Release', 'deeptype.node'),
    LD_PRELOAD: `${runtime('libasan.so')} ${runtime('libstdc++.so')}`,
    ASAN_OPTIONS: options.join(':'),
    UBSAN_OPTIONS: `print_stacktrace=1:log_path=${reports}/node`,
  });
}

/** @param {string} sanitizer @param {string} folder */
function build(sanitizer, folder) {
  const settings = ['BUILD_TYPE=RelWithDebInfo'].map((s) => `--CDCMAKE_${s}`);
  settings.push('--CDDEEPTYPE_NATIVE_TESTS=ON', `--CDDEEPTYPE_SANITIZE=${sanitizer}`);
  const target = isShort || sanitizer === 'thread' ? ['--target', 'deeptype_core_tests'] : [];
  execFileSync('npx', ['cmake-js', 'compile', '--out', folder, ...settings, ...target], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** @param {string} name of a library of the compiler */
function runtime(name) {
  return execFileSync(process.env.CXX ?? 'c++', [`-print-file-name=${name}`], {
    encoding: 'utf8',
  }).trim();
}

/** @param {string} command @param {string[]} args @param {Record<string, string>} env */
function run(command, args, env) {
  const { status, signal } = spawnSync(command, args, {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  if (status === 0) return;
  failed = true;
  console.log(`${command}: ${signal ?? status}`);
}
