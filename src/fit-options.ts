// The options of `fit` and of `resume`.
import {
  type CheckpointOptions,
  type ResolvedCheckpoint,
  resolveCheckpoint,
} from './checkpointing.js';
import type { Checkpoint } from './io/checkpoint.js';
import { type DeepTypeOptions, ESTIMATOR_KEYS } from './options.js';
import { type RunOptions, resolveRun } from './progress.js';
import { boolean, checkKeys } from './validate.js';
import type { SampleWeightOptions } from './weights.js';

export interface FitOptions extends RunOptions, SampleWeightOptions {
  /** Goes on from the present weights instead of starting afresh; default false. */
  warmStart?: boolean;
  /** Keeps what the fit has reached in a file, from which `DeepType.resume` goes on. Default none. */
  checkpoint?: CheckpointOptions;
}

/** The options of `resume`: how to run, and those of the model that no file holds. */
export interface ResumeOptions
  extends RunOptions,
    SampleWeightOptions,
    Partial<DeepTypeOptions>,
    Pick<FitOptions, 'checkpoint'> {}

const RUN_KEYS = ['signal', 'onProgress', 'sampleWeight', 'checkpoint'] as const;

/** A checked call of `fit` or `resume`. */
export interface FitRequest {
  readonly run: RunOptions;
  readonly sampleWeight: unknown;
  readonly checkpoint: ResolvedCheckpoint | undefined;
  readonly isWarm: boolean;
  readonly from: Checkpoint | undefined;
}

/** Checks the options of `fit`. */
export function resolveFit(options: unknown): Omit<FitRequest, 'from'> {
  const {
    warmStart = false,
    sampleWeight,
    checkpoint,
    ...run
  } = checkKeys('options', options, [...RUN_KEYS, 'warmStart']);
  const isWarm = boolean('warmStart', warmStart);
  return { isWarm, sampleWeight, checkpoint: resolveCheckpoint(checkpoint), run: resolveRun(run) };
}

/** Checks how to run in the options of `resume`; `given` are those of the model. */
export function resolveResume(options: unknown) {
  const all = checkKeys('options', options, [...RUN_KEYS, ...ESTIMATOR_KEYS]);
  const { signal, onProgress, sampleWeight, checkpoint, ...given } = all;
  const run = resolveRun({ signal, onProgress });
  const request = { run, sampleWeight, checkpoint: resolveCheckpoint(checkpoint), isWarm: false };
  return { request, given };
}
