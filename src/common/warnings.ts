/** Codes of this package's warnings; their type is 'DeepTypeWarning'. */
export type WarningCode =
  | 'DEEPTYPE_EMPTY_CLASS'
  | 'DEEPTYPE_CLASS_PER_ROW'
  | 'DEEPTYPE_CLUSTER_PER_ROW'
  | 'DEEPTYPE_FEW_TRAINING_ROWS'
  | 'DEEPTYPE_NOT_CONVERGED'
  | 'DEEPTYPE_PROGRESS_REJECTED';

/** Emits a process warning: Node writes it to stderr, `process.on('warning', ...)` receives it. */
export function warn(code: WarningCode, message: string): void {
  process.emitWarning(message, { type: 'DeepTypeWarning', code });
}
