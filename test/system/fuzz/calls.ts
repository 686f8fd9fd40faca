// Every call of the public surface, by the name of what is called and, after a colon, how.
import { CLUSTERING } from './calls/clustering.js';
import { ESTIMATOR } from './calls/estimator.js';
import { FILES } from './calls/files.js';
import { MODELS } from './calls/models.js';
import { TABLES } from './calls/tables.js';
import type { Callable } from './subjects.js';

export const CALLS: Readonly<Record<string, Callable>> = {
  ...ESTIMATOR,
  ...FILES,
  ...TABLES,
  ...CLUSTERING,
  ...MODELS,
};
