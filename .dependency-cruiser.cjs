// The rooms of src/ from top to bottom: a room may import from those below it, never from one above, and no file
// may import itself by way of others. Imports of types count.
const LAYERS = [
  ['index.ts', 'kmeans.ts'],
  ['cli', 'report', 'tables'],
  ['selection'],
  ['estimator'],
  ['persistence'],
  ['training'],
  ['options'],
  ['network', 'clustering', 'linear'],
  ['metrics', 'survival', 'datasets', 'proximal'],
  ['preprocessing'],
  ['data'],
  ['io'],
  ['native'],
  ['common'],
];

/** Paths within the rooms named. */
const within = (rooms) => `^src/(${rooms.map((room) => room.replace('.', '\\.')).join('|')})(/|$)`;

/** No room imports from one above it, nor from another one of its own layer. */
const downward = LAYERS.flatMap((rooms, level) =>
  rooms.map((room) => ({
    name: `down-from-${room}`,
    comment: 'Move the piece that the lower room needs down, or the piece that needs it up.',
    severity: 'error',
    from: { path: within([room]) },
    to: {
      path: within([...LAYERS.slice(0, level).flat(), ...rooms.filter((other) => other !== room)]),
    },
  })),
);

module.exports = {
  forbidden: [
    ...downward,
    {
      name: 'known-room',
      comment: 'A new folder of src/ needs a place in LAYERS.',
      severity: 'error',
      from: { path: '^src/', pathNot: within(LAYERS.flat()) },
      to: {},
    },
    {
      name: 'no-circle',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'addon-by-its-loader',
      comment: 'The .node file is loaded by src/native/load.cjs alone.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/native/' },
      to: { path: '\\.node$|^src/native/load\\.cjs$' },
    },
    {
      name: 'src-stands-alone',
      comment: 'What is published imports nothing that is not.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|examples|scripts)/' },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true, pathNot: '^onnxruntime-node$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node'] },
  },
};
