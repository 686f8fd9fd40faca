// The package is ESM; this marks the second build as CommonJS for `require('deeptype')`.
import { writeFileSync } from 'node:fs';

const manifest = {
  type: 'commonjs',
  imports: { '#ml-kmeans': './clustering/lazy-ml-kmeans.cjs' },
};
writeFileSync(
  new URL('../dist/cjs/package.json', import.meta.url),
  `${JSON.stringify(manifest)}\n`,
);
