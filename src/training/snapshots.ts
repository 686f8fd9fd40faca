// Snapshots that a run takes: of its session, for a checkpoint, and to go back to.
import { native } from '../native/addon.js';
import type { SnapshotHandle } from '../native/session.js';
import { call, goesOn, type TrainingContext } from './context.js';
import type { Trained } from './run-snapshot.js';
import { copyState } from './training-state.js';

/** The session as it is. */
export async function capture(
  t: TrainingContext,
  into: SnapshotHandle = new (native().SnapshotHandle)(),
): Promise<SnapshotHandle> {
  await call(t, (session) => session.capture(into));
  return into;
}

/** Hands a snapshot of the run to its checkpointer, where one is due. */
export async function checkpoint(t: TrainingContext, isDue = t.checkpointer?.isDue): Promise<void> {
  if (t.checkpointer === undefined || !isDue || !goesOn(t)) return;
  const { state, choice, search, hyperparameters, options } = t;
  const isKept = options.validation?.restoreBest && state.best < Number.POSITIVE_INFINITY;
  const best = isKept ? t.best : undefined;
  t.saved = await capture(t, t.saved);
  t.checkpointer.save({ state, choice, search, best, hyperparameters, session: t.saved });
}

/** What the run knows now. */
export async function trainedNow(t: TrainingContext): Promise<Trained> {
  const { beta, clusters } = t.hyperparameters;
  const state = copyState(t.state);
  return { beta, clusters, state, session: await capture(t) };
}

/** Goes back to what the run knew. */
export async function goBackTo(
  t: TrainingContext,
  { beta, clusters, state, session: then }: Trained,
): Promise<void> {
  await call(t, (session) => session.restore(then));
  Object.assign(t.hyperparameters, { beta, clusters });
  Object.assign(t.state, copyState(state));
}
