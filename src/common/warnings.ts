/** Of the warnings of this package, whose type is 'DeepTypeWarning'. */
export type WarningCode =
  | 'DEEPTYPE_EMPTY_CLASS'
  | 'DEEPTYPE_CLASS_PER_ROW'
  | 'DEEPTYPE_CLUSTER_PER_ROW'
  | 'DEEPTYPE_FEW_TRAINING_ROWS'
  | 'DEEPTYPE_NOT_CONVERGED'
  | 'DEEPTYPE_PROGRESS_REJECTED';

/** Tells the process, as `process.on('warning', ...)` hears and Node writes to stderr. */
export function warn(code: WarningCode, message: string): void {
  process.emitWarning(message, { type: 'DeepTypeWarning', code });
}
