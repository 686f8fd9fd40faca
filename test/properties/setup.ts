// Before each test file: whatever fast-check draws, it draws from the seed of the run.
import fc from 'fast-check';
import { PROPERTY_RUN } from './run.js';

fc.configureGlobal({ seed: PROPERTY_RUN.seed });
