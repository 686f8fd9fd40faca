import { boolean, integer, number, object, oneOf } from '../common/checks.js';
import { History } from './history.js';

/** The parts of a fit that are counted in epochs; pretraining is two of them. */
export const STAGES = ['dense', 'sparse', 'joint', 'settle'] as const;
export type Stage = (typeof STAGES)[number];

/**
 * What settling does next: two rounds in which the clusters 'follow'; rounds in which 'all' layers move,
 * then the 'first' alone.
 */
export const SETTLE_STEPS = ['follow', 'all', 'first', 'none'] as const;
export type SettleStep = (typeof SETTLE_STEPS)[number];

/**
 * Where a fit is and what it knows, as plain data: together with the state of the session and the
 * weights of the objective, all that the rest of it depends on.
 */
export interface TrainingState {
  /** The stage that is under way; 'end' once nothing is left to train. */
  stage: 'start' | Stage | 'end';
  /** Epochs of each stage that are over; of settling, rounds. */
  finished: Record<Stage, number>;
  isClustered: boolean;
  converged: boolean;
  /** Whether validation ended a stage. */
  earlyStopped: boolean;
  /** The total of the last epoch of the joint stage. */
  lastTotal: number;
  /** The best total on the rows held out in this stage, and the epochs since. */
  best: number;
  sinceBest: number;
  settleStep: SettleStep;
  /** Whether settling leaves the later layers where validation stopped them. */
  isFirstLayerOnly: boolean;
  relabellings: number;
  /** Optimiser steps, and iterations of settling. */
  steps: number;
  /** Runs of K-means. */
  clusterings: number;
  history: History;
}

/** The state in which every fit begins. */
export function initialState(): TrainingState {
  return {
    stage: 'start',
    finished: { dense: 0, sparse: 0, joint: 0, settle: 0 },
    isClustered: false,
    converged: false,
    earlyStopped: false,
    lastTotal: Number.POSITIVE_INFINITY,
    best: Number.POSITIVE_INFINITY,
    sinceBest: 0,
    settleStep: 'follow',
    isFirstLayerOnly: false,
    relabellings: 0,
    steps: 0,
    clusterings: 0,
    history: new History(),
  };
}

/** The same for now; either goes its own way. */
export function copyState(state: TrainingState): TrainingState {
  return { ...state, finished: { ...state.finished }, history: state.history.copy() };
}

/** Goes over to a stage; false where a run that is continued is in the midst of it. */
export function begin(state: TrainingState, stage: Stage): boolean {
  if (state.stage === stage) return false;
  Object.assign(state, { stage, best: Number.POSITIVE_INFINITY, sinceBest: 0 });
  return true;
}

/** Whether `stage` lies behind. */
export function isPast({ stage: now }: TrainingState, stage: Stage): boolean {
  if (now === 'start') return false;
  return now === 'end' || STAGES.indexOf(now) > STAGES.indexOf(stage);
}

/**
 * Checks a state that was read from a file, its history beside it.
 *
 * @throws `ERR_INVALID_ARGUMENT`
 */
export function readState(value: unknown, history: History): TrainingState {
  const s = object('state', value);
  const finished = object('state.finished', s.finished);
  const count = (name: string) => integer(`state.${name}`, s[name], { min: 0 });
  const flag = (name: string) => boolean(`state.${name}`, s[name]);
  const total = (name: string) =>
    s[name] === Number.POSITIVE_INFINITY ? s[name] : number(`state.${name}`, s[name]);
  const epochs = (stage: Stage) => integer(`state.finished.${stage}`, finished[stage], { min: 0 });
  return {
    stage: oneOf('state.stage', s.stage, ['start', ...STAGES, 'end']),
    finished: {
      dense: epochs('dense'),
      sparse: epochs('sparse'),
      joint: epochs('joint'),
      settle: epochs('settle'),
    },
    isClustered: flag('isClustered'),
    converged: flag('converged'),
    earlyStopped: flag('earlyStopped'),
    lastTotal: total('lastTotal'),
    best: total('best'),
    sinceBest: count('sinceBest'),
    settleStep: oneOf('state.settleStep', s.settleStep, SETTLE_STEPS),
    isFirstLayerOnly: flag('isFirstLayerOnly'),
    relabellings: count('relabellings'),
    steps: count('steps'),
    clusterings: count('clusterings'),
    history,
  };
}
