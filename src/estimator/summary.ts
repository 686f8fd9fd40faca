// What a model says of itself, as JSON and to console.log.

import type { Network } from '../network/network.js';
import type { FitResult } from '../training/outcome.js';
import type { Fitted } from './fitted.js';

/** A `DeepType` as JSON: what it is, not what it has learned, which `save` and `toBytes` keep. */
export interface DeepTypeJson {
  name: 'DeepType';
  /** 'unfinished': the first fit ended early, by an abort or an error; what it had reached predicts. */
  state: 'not fitted' | 'fitting' | 'fitted' | 'unfinished' | 'disposed';
  /** As they were given, without functions and tables. */
  options: Readonly<Record<string, unknown>>;
  /** Of the network; absent before it is fitted, as all that follows. */
  inputs?: number;
  hidden?: readonly number[];
  outputs?: number;
  classes?: readonly (number | string)[];
  /** How many inputs are selected. */
  selectedFeatures?: number;
  /** Without the history. */
  result?: Omit<FitResult, 'history'>;
}

/** How many classes a summary lists. */
const MOST_CLASSES = 100;

export function summaryOf(
  fitted: Fitted | undefined,
  options: Readonly<Record<string, unknown>>,
  { isFitting, isDisposed }: { isFitting: boolean; isDisposed: boolean },
): DeepTypeJson {
  const name = 'DeepType';
  if (isDisposed) return { name, state: 'disposed', options };
  if (fitted === undefined) return { name, state: isFitting ? 'fitting' : 'not fitted', options };
  const { network, classes } = fitted;
  const { inputs, hidden, outputs } = network;
  return {
    name,
    state: isFitting ? 'fitting' : fitted.isWhole ? 'fitted' : 'unfinished',
    options,
    inputs,
    hidden,
    outputs,
    ...(classes && { classes: classes.slice(0, MOST_CLASSES) }),
    ...countSelected(network),
    ...outcomeOf(fitted),
  };
}

function countSelected(network: Network): { selectedFeatures?: number } {
  try {
    return { selectedFeatures: network.inputImportance().filter((norm) => norm > 0).length };
  } catch {
    return {}; // its caller has disposed of the network
  }
}

function outcomeOf(fitted: Fitted): Pick<DeepTypeJson, 'result'> {
  const { result: outcome } = fitted.found();
  if (outcome === undefined) return {};
  const { history: _, ...result } = outcome;
  return { result: structuredClone(result) };
}
