import {
  DeepType,
  type DeepTypeOptions,
  datasets,
  type Phase,
  type ProgressEvent,
} from '../../../src/index.js';

export const { X, y } = datasets.makeClusters({ samples: 300, features: 12, clusters: 3, seed: 5 });
export const QUICK: DeepTypeOptions = {
  clusters: 3,
  hidden: [8, 4],
  pretrain: { epochs: 2 },
  joint: { epochs: 2 },
  settle: { iterations: 24 },
};
/** Every phase takes long enough to be met in the middle; a test ends it early. */
export const LONG: DeepTypeOptions = {
  ...QUICK,
  hidden: [16, 8],
  pretrain: { epochs: 60 },
  joint: { epochs: 60, tolerance: 0, hold: 1 },
  settle: { iterations: 6000, tolerance: 1e-12 },
};
export const PHASES: Phase[] = ['pretrain', 'joint', 'settle'];
/** LONG, with the phases before `phase` cut short and that phase all but endless. */
export function endlessIn(phase: Phase): DeepTypeOptions {
  const epochs = (p: Phase) => (p === phase ? 1_000_000 : 2);
  return {
    ...LONG,
    pretrain: { epochs: epochs('pretrain') },
    joint: { epochs: epochs('joint'), tolerance: 0, reclusterEvery: { steps: 1000 } },
    settle: { iterations: phase === 'settle' ? 4_000_000_000 : 12, tolerance: 1e-30 },
  };
}

export const isFiniteModel = (model: DeepType): boolean =>
  model.network.parameters().every(({ data }) => data.every(Number.isFinite));

/** Fits until the first progress event of `phase`, then acts. */
export function fitUntil(
  phase: Phase,
  action: (model: DeepType, controller: AbortController) => void,
  options: DeepTypeOptions = endlessIn(phase),
) {
  const model = new DeepType(options);
  const controller = new AbortController();
  let isDone = false;
  const onProgress = (event: ProgressEvent): void => {
    if (isDone || event.phase !== phase) return;
    isDone = true;
    // Not from within the callback, as a caller would.
    setTimeout(() => action(model, controller), 5);
  };
  return { model, promise: model.fit(X, y, { signal: controller.signal, onProgress }) };
}
