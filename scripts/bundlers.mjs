// The bundlers and the test runner that people use, each at work on the installed package, for
// check-pack.mjs.

/** From the registry, into the consumer's folder. */
export const TOOLS = [
  'esbuild@0.28',
  'webpack@5',
  'rollup@4',
  '@rollup/plugin-commonjs@29',
  '@rollup/plugin-node-resolve@16',
  'vite@8',
  'jest@30',
  '@babel/plugin-transform-modules-commonjs@7',
];

/** Builds `node bundle.mjs TOOL ENTRY FORMAT FILE [external]`; fails where the tool warns of the package. */
const BUNDLE = `
  import { basename, dirname, resolve } from 'node:path';
  const [tool, entry, format, file] = process.argv.slice(2);
  const [folder, name] = [resolve(dirname(file)), basename(file)];
  const banner = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
  const external = process.argv[6] === 'external' ? ['deeptype'] : [];
  async function vite(config) {
    const { build, createLogger } = await import('vite');
    const warnings = [];
    const warn = (text) => warnings.push(text);
    const customLogger = { ...createLogger('warn'), warn, warnOnce: warn };
    const given = { ...config, build: { ...config.build, outDir: folder, emptyOutDir: false } };
    await build({ ...given, configFile: false, customLogger });
    return warnings;
  }
  const builds = {
    async esbuild() {
      const { build } = await import('esbuild');
      const options = { entryPoints: [entry], bundle: true, platform: 'node', format, outfile: file, external };
      const { warnings } = await build({ ...options, banner: format === 'esm' ? { js: banner } : {} });
      return warnings.map(({ text }) => text);
    },
    async webpack() {
      const { default: webpack } = await import('webpack');
      const asModule = { experiments: { outputModule: true }, output: { path: folder, filename: name, library: { type: 'module' } } };
      const config = { mode: 'production', target: 'node', entry: './' + entry, output: { path: folder, filename: name } };
      return new Promise((done, fail) => webpack({ ...config, ...(format === 'esm' && asModule) }, (error, stats) => {
        if (error) return fail(error);
        const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
        done([...errors, ...warnings].map(({ message }) => message));
      }));
    },
    async rollup() {
      const { rollup } = await import('rollup');
      const { default: commonjs } = await import('@rollup/plugin-commonjs');
      const { nodeResolve } = await import('@rollup/plugin-node-resolve');
      const warnings = [];
      const onLog = (_, log) => warnings.push(log);
      const bundle = await rollup({ input: entry, plugins: [nodeResolve(), commonjs()], onLog });
      await bundle.write({ file, format });
      // Two dependencies have harmless cycles and a \`this\` at top level.
      const isOurs = ({ id, ids }) => [...(ids ?? [id])].some((path) => !path || path.includes("/deeptype/"));
      return warnings.filter(isOurs).map(({ message }) => message);
    },
    vite: () =>
      vite({ build: { ssr: entry, rollupOptions: { output: { format, entryFileNames: name } } }, ssr: { noExternal: true } }),
    'vite-library': () => {
      const lib = { entry, formats: [format], fileName: () => name };
      return vite({ build: { lib, rollupOptions: { external: [/^node:/] } } });
    },
  };
  const warnings = await builds[tool]();
  if (warnings.length > 0) throw new Error(tool + ' warns: ' + warnings.join('\\n'));
`;

/**
 * The command lines of BUNDLE.
 * @type {{ tool: string, entry: string, format: string, file: string, external?: boolean }[]}
 */
export const BUNDLES = [
  ...['esbuild', 'webpack', 'rollup', 'vite', 'vite-library'].flatMap((tool) => [
    { tool, entry: 'consumer.mjs', format: 'cjs', file: 'from-esm.cjs' },
    { tool, entry: 'consumer.mjs', format: 'esm', file: 'from-esm.mjs' },
    { tool, entry: 'consumer.cjs', format: 'cjs', file: 'plain.cjs' },
  ]),
  { tool: 'esbuild', entry: 'consumer.cjs', format: 'esm', file: 'plain.mjs' },
  { tool: 'esbuild', entry: 'consumer.mjs', format: 'esm', file: 'external.mjs', external: true },
];

const JEST_TESTS = `
  const { X, y } = datasets.makeClusters({ samples: 80, features: 5, clusters: 2, seed: 1 });
  const options = { clusters: 2, seed: 0, pretrain: { epochs: 5 }, joint: { epochs: 2 } };

  test('fits arrays of this realm, predicts and scores', async () => {
    const model = new DeepType(options);
    await model.fit(X, Int32Array.from(y));
    const rows = Array.from({ length: X.rows }, (_, i) => Float64Array.from(X.row(i)));
    expect(Array.from(model.predict(rows))).toEqual(Array.from(model.predict(X)));
    expect(metrics.accuracy(y, model.predict(X))).toBe(model.score(X, y));
    const again = DeepType.fromBytes(model.toBytes());
    expect(Array.from(again.predict(X))).toEqual(Array.from(model.predict(X)));
    expect(new KMeans({ clusters: 2 }).fit(rows).labels).toHaveLength(80);
    expect(survival.logRank([1, 2, 3, 4], [1, 1, 1, 1], [0, 0, 1, 1]).pValue).toBeLessThan(1);
  });

  test('rejects and throws errors of the package', async () => {
    const fit = new DeepType(options).fit([[0, NaN], [1, 1]], [0, 1]);
    await expect(fit).rejects.toBeInstanceOf(DeepTypeError);
    await expect(fit).rejects.toMatchObject({ code: 'ERR_NON_FINITE_INPUT' });
    expect(() => new DeepType({ clusters: 0 })).toThrow(DeepTypeError);
  });
`;
const NAMES = '{ DeepType, DeepTypeError, datasets, KMeans, metrics, survival }';

/** CommonJS as it is, ES modules as they are, and ES modules that Babel makes CommonJS. */
const JEST_CONFIG = `
  const babel = ['babel-jest', { plugins: ['@babel/plugin-transform-modules-commonjs'] }];
  const project = (name, transform) =>
    ({ displayName: name, testMatch: ['<rootDir>/jest/' + name + '.test.*'], transform });
  const projects = [project('plain', {}), project('modules', {}), project('babel', { '\\\\.js$': babel })];
  module.exports = { projects };
`;

/** Files by name. */
export const FILES = {
  'bundle.mjs': BUNDLE,
  'jest.config.cjs': JEST_CONFIG,
  'jest/plain.test.cjs': `const ${NAMES} = require('deeptype');${JEST_TESTS}`,
  'jest/modules.test.mjs': `import ${NAMES} from 'deeptype';${JEST_TESTS}`,
  'jest/babel.test.js': `import ${NAMES} from 'deeptype';${JEST_TESTS}`,
};

export const JEST = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--ci', '-i'];
