// How a run continues from a snapshot.
import { corruptFile, type DeepTypeError } from '../common/errors.js';
import type { TrainingContext } from './context.js';
import type { RunSnapshot } from './run-snapshot.js';

/** Throws `ERR_CORRUPT_FILE` for more clusters than there are rows. */
function checkCandidates({ hyperparameters, search }: RunSnapshot, rows: number): void {
  const all = [hyperparameters.clusters ?? 1, ...(search?.candidates ?? [])];
  if (all.some((clusters) => clusters > rows)) {
    throw corruptFile('checkpoint', 'its clusters do not fit the table');
  }
}

/** Takes over what was saved. Rejects with `ERR_CORRUPT_FILE` where it does not fit the network and the table. */
export async function resumeRun(t: TrainingContext, from: RunSnapshot): Promise<void> {
  checkCandidates(from, t.rows);
  Object.assign(t.hyperparameters, from.hyperparameters);
  const { session: last, best, search } = from;
  const [pretrained, candidate] = [search?.pretrained.session, search?.best?.trained.session];
  try {
    for (const state of [pretrained, candidate, best, last]) {
      if (state !== undefined) await t.session.restore(state);
      t.run.check();
    }
  } catch (error) {
    if ((error as DeepTypeError).code !== 'ERR_INVALID_ARGUMENT') throw error;
    throw corruptFile('checkpoint', 'its state does not fit the network and the table', error);
  }
  last.dispose();
}
