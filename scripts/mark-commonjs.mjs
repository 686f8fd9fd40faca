// The package is ESM; this marks the second build as CommonJS for `require('deeptype')`.
import { writeFileSync } from 'node:fs';

writeFileSync(new URL('../dist/cjs/package.json', import.meta.url), '{ "type": "commonjs" }\n');
