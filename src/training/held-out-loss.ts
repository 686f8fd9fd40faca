// The loss on the rows held out, by which stages end early.
import { call, type TrainingContext } from './context.js';
import { totalLoss } from './objective.js';
import type { HistoryEntry } from './progress.js';
import { capture } from './snapshots.js';

/** Writes the losses of the rows held out to `entry`; returns their total, undefined where none are. */
export async function validate(
  t: TrainingContext,
  entry: HistoryEntry,
  isJoint: boolean,
  alpha: number,
): Promise<number | undefined> {
  if (!t.isValidated) return undefined;
  const parts = await call(t, (session) => session.validate(isJoint));
  if (t.run.isCut) return undefined;
  const { primary, distance } = parts;
  const total = totalLoss(parts, alpha, isJoint ? t.hyperparameters.beta! : 0);
  entry.validation = { primary, distance, total };
  t.state.history.amend(entry);
  return total;
}

/** Whether the total on the rows held out has fallen; where it has, the session is kept for `restoreBest`. */
export async function judge(
  t: TrainingContext,
  entry: HistoryEntry,
  isJoint: boolean,
  alpha: number,
): Promise<void> {
  const { state } = t;
  const total = await validate(t, entry, isJoint, alpha);
  if (total === undefined) return;
  if (!(total < state.best)) {
    state.sinceBest += 1;
    return;
  }
  if (t.options.validation?.restoreBest) t.best = await capture(t, t.best);
  state.best = total;
  state.sinceBest = 0;
}
