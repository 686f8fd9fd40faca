/**
 * DeepType on a synthetic table with known ground truth, and on a real one: `npm run demo`.
 * Prints what it finds and writes pictures to out/, or to the folder in DEEPTYPE_DEMO_OUT. With
 * DEEPTYPE_DEMO_POINTS=200 a scatter plot shows about 200 rows only, which makes a smaller file.
 */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { drawPictures } from './demo/pictures.js';
import { heading, report } from './demo/report.js';
import { study } from './demo/study.js';
import { synthetic, wdbc } from './demo/tables.js';

const { DEEPTYPE_DEMO_OUT, DEEPTYPE_DEMO_POINTS } = process.env;
const folder = DEEPTYPE_DEMO_OUT ?? fileURLToPath(new URL('../out', import.meta.url));
const points = Number(DEEPTYPE_DEMO_POINTS ?? Infinity);

for (const table of [synthetic(), wdbc()]) {
  console.log(`\n${heading(table)}`);
  const found = await study(table);
  for (const line of report(found)) console.log(line);
  const paths = await drawPictures(found, folder, points);
  console.log(`  pictures    ${paths.map((path) => relative('.', path)).join(', ')}`);
}
