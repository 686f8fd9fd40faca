// npm run test:sanitize [-- --short] [address|thread] [vitest arguments]: builds the core's test program and the
// addon with GCC's or Clang's sanitizers and runs the tests on them. `address` (with undefined behaviour)
// runs the core's tests, leaks included, in Node the whole suite but LEFT_OUT, and a part of the fuzz;
// `thread` the core's tests, with those that share the pool, networks and sessions among threads, and in Node
// THREADED, the tests of what runs off the JavaScript thread.
// --short: the core's tests alone, on the best instruction set.
// Exits with 1 on any failure or report. Nothing of ours is suppressed.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** What cannot run on an instrumented addon, and why. */
const LEFT_OUT = {
  'test/native/load.test.ts': 'it is about which addon is loaded, which is settled here',
  'test/native/core.test.ts': "it compiles the core's tests anew, which have run here before",
  'test/system/memory/starve.test.ts': 'it replaces the allocator, as a sanitizer does',
  'test/system/bits/bits.test.ts': 'other compiler flags round otherwise',
  'test/system/lifecycle/sync-loop.test.ts':
    'it counts resident memory, and what is freed stays in quarantine',
  'test/system/lifecycle/control-group.test.ts': 'likewise, in 600 MiB',
  'test/system/soak/soak.test.ts':
    'it counts what three seconds hold; npm run test:soak stands for it',
};
/** What runs on several threads; each file alone, for what it starts is slow. */
const THREADED = [
  'test/native/addon',
  'test/clustering/kmeans.test.ts',
  'test/estimator',
  'test/system/lifecycle/abort.test.ts',
  'test/system/lifecycle/busy.test.ts',
  'test/system/lifecycle/callbacks.test.ts',
  'test/system/lifecycle/dispose.test.ts',
  'test/system/lifecycle/queue.test.ts',
  'test/system/lifecycle/refit.test.ts',
  'test/system/lifecycle/stop.test.ts',
  'test/system/lifecycle/swaps.test.ts',
  'test/linear',
  'test/selection',
];
/** Cases of the fuzz, in a process of its own. */
const FUZZ_CASES = 3000;
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
    // Without address randomisation, with which older runtimes of this sanitizer cannot map their memory.
    run('setarch', ['-R', tests], { TSAN_OPTIONS: `log_path=${reports}/core` });
    if (!isShort) runThreaded(folder, reports);
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

/** The suite in Node, or what was asked for of it. @param {string} folder @param {string} reports */
function runSuite(folder, reports) {
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--testTimeout=240000'];
  const suite = Object.keys(LEFT_OUT).map((file) => `--exclude=${file}`);
  // Node frees little at its end, and throws through code that is not instrumented.
  const options = [
    'detect_leaks=0',
    'quarantine_size_mb=16',
    'allocator_may_return_null=1',
    `log_path=${reports}/node`,
  ];
  const env = {
    DEEPTYPE_NATIVE: join(folder, 'Release', 'deeptype.node'),
    LD_PRELOAD: `${runtime('libasan.so')} ${runtime('libstdc++.so')}`,
    ASAN_OPTIONS: options.join(':'),
    UBSAN_OPTIONS: `print_stacktrace=1:log_path=${reports}/node`,
  };
  run(process.execPath, [...vitest, ...(files.length > 0 ? files : suite)], env);
  if (files.length > 0) return;
  const fuzz = ['--import', 'tsx', 'test/system/fuzz/main.ts', String(FUZZ_CASES)];
  run(process.execPath, fuzz, env);
}

/** THREADED, or what was asked for, in Node. @param {string} folder @param {string} reports */
function runThreaded(folder, reports) {
  const vitest = [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--maxWorkers=1',
    '--testTimeout=600000',
  ];
  const env = {
    DEEPTYPE_NATIVE: join(folder, 'Release', 'deeptype.node'),
    LD_PRELOAD: runtime('libtsan.so'),
    // Node itself is not instrumented: only what touches the addon's memory is looked at.
    TSAN_OPTIONS: `ignore_noninstrumented_modules=1:report_signal_unsafe=0:exitcode=0:log_path=${reports}/node`,
  };
  const chosen = files.length > 0 ? files : THREADED;
  run('setarch', ['-R', process.execPath, ...vitest, ...chosen], env);
}

/** @param {string} sanitizer @param {string} folder */
function build(sanitizer, folder) {
  const settings = ['BUILD_TYPE=RelWithDebInfo'].map((s) => `--CDCMAKE_${s}`);
  settings.push('--CDDEEPTYPE_NATIVE_TESTS=ON', `--CDDEEPTYPE_SANITIZE=${sanitizer}`);
  const target = isShort ? ['--target', 'deeptype_core_tests'] : [];
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
