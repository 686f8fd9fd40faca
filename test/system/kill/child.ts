// Fits with checkpoints, or goes on from the file where it is there: child.ts FIT PATH
import { existsSync } from 'node:fs';
import { DeepType } from '../../../src/index.js';
import { FITS, X, y } from './fits.js';

const [fit, path] = [Number(process.argv[2]), process.argv[3]!];
const checkpoint = { path, everySeconds: 0 };
process.stdout.write('ready\n');
if (existsSync(path)) await DeepType.resume(path, X, y, { checkpoint });
else await new DeepType(FITS[fit]!).fit(X, y, { checkpoint });
