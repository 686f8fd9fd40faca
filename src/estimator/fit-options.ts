// The options of `fit` and of `resume`.

import { boolean, checkKeys, oneOf } from '../common/checks.js';
import type { Name } from '../common/name.js';
import { namesOf } from '../common/option.js';
import type { SampleWeightOptions } from '../data/sample-weights.js';
import { type DeepTypeOptions, ESTIMATOR, FIT_NAMES, OPTION_MAP } from '../options/options.js';
import type { Checkpoint } from '../persistence/checkpoint.js';
import {
  type CheckpointOptions,
  type ResolvedCheckpoint,
  resolveCheckpoint,
} from '../persistence/checkpointing.js';
import { type RunOptions, resolveRun } from '../training/progress.js';

export interface FitOptions extends RunOptions, SampleWeightOptions {
  /** Goes on from a copy of the present weights instead of starting afresh; default false. */
  warmStart?: boolean;
  /**
   * What a model that is fitted again does meanwhile: 'answer' (default), it predicts, is saved and says
   * all that it found in the fit before; 'busy', such calls throw `ERR_BUSY`. In a first fit they always do.
   */
  whileFitting?: Name<'answer' | 'busy'>;
  /** Writes the state of the fit to a file, from which `DeepType.resume` continues. Default none. */
  checkpoint?: CheckpointOptions;
}

/** The options of `resume`: how to run, and those of the model that no file holds. */
export interface ResumeOptions
  extends RunOptions,
    SampleWeightOptions,
    Partial<DeepTypeOptions>,
    Pick<FitOptions, 'checkpoint'> {}

const RESUME_NAMES = ['signal', 'onProgress', 'sampleWeight', 'checkpoint'] as const;

/** A checked call of `fit` or `resume`. */
export interface FitRequest {
  readonly run: RunOptions;
  readonly sampleWeight: unknown;
  readonly checkpoint: ResolvedCheckpoint | undefined;
  readonly isWarm: boolean;
  /** Whether the model answers meanwhile, where it can. */
  readonly answers: boolean;
  readonly from: Checkpoint | undefined;
}

/** Checks the options of `fit`. */
export function resolveFit(options: unknown): Omit<FitRequest, 'from'> {
  const {
    warmStart = false,
    whileFitting = 'answer',
    sampleWeight,
    checkpoint,
    ...run
  } = checkKeys('options', options, FIT_NAMES, OPTION_MAP);
  return {
    isWarm: boolean('warmStart', warmStart),
    answers: oneOf('whileFitting', whileFitting, ['answer', 'busy']) === 'answer',
    sampleWeight,
    checkpoint: resolveCheckpoint(checkpoint),
    run: resolveRun(run),
  };
}

/** Checks how to run in the options of `resume`; `given` are those of the model. */
export function resolveResume(options: unknown) {
  const names = [...RESUME_NAMES, ...namesOf(ESTIMATOR)];
  const all = checkKeys('options', options, names, OPTION_MAP);
  const { signal, onProgress, sampleWeight, checkpoint, ...given } = all;
  const run = resolveRun({ signal, onProgress });
  const how = { isWarm: false, answers: false, sampleWeight };
  return { request: { ...how, run, checkpoint: resolveCheckpoint(checkpoint) }, given };
}
