// A snapshot of a run, to and from plain data beside its snapshots.
import type { Scored } from '../clustering/choice.js';
import { array, integer, number, object } from '../common/checks.js';
import { invalidArgument } from '../common/errors.js';
import { native } from '../native/addon.js';
import type { SnapshotHandle } from '../native/session.js';
import type { History } from '../training/history.js';
import type { RunSnapshot, Search, Trained } from '../training/run-snapshot.js';
import { readState, type TrainingState } from '../training/training-state.js';
import { readScored } from './cluster-choice.js';
import { readHyperparameters } from './model.js';

/** A name for each snapshot. */
export const SNAPSHOTS = ['session', 'best', 'pretrained', 'candidate'] as const;
export type SnapshotName = (typeof SNAPSHOTS)[number];

/** As it was when it was kept, whatever the run does since. */
export interface Kept {
  /** Of values that JSON holds. */
  readonly plain: Readonly<Record<string, unknown>>;
  readonly snapshots: ReadonlyMap<SnapshotName, SnapshotHandle>;
  /** Of the state beside each snapshot. */
  readonly histories: ReadonlyMap<SnapshotName, History>;
}

export function keep({ state, hyperparameters, choice, search, session, best }: RunSnapshot): Kept {
  const snapshots: [SnapshotName, SnapshotHandle | undefined][] = [
    ['session', session],
    ['best', best],
    ['pretrained', search?.pretrained.session],
    ['candidate', search?.best?.trained.session],
  ];
  const states: [SnapshotName, TrainingState | undefined][] = [
    ['session', state],
    ['pretrained', search?.pretrained.state],
    ['candidate', search?.best?.trained.state],
  ];
  const SnapshotHandle = native().SnapshotHandle;
  return {
    plain: structuredClone({
      weights: hyperparameters,
      state: plainState(state),
      choice: choice && plainChoice(choice),
      search: search && plainSearch(search),
    }),
    histories: new Map(
      states.flatMap(([name, of]) => (of === undefined ? [] : [[name, of.history.copy()]])),
    ),
    snapshots: new Map(
      snapshots.flatMap(([name, handle]) =>
        handle === undefined ? [] : [[name, new SnapshotHandle(handle)]],
      ),
    ),
  };
}

/** All but the history, which may be long. */
function plainState({ history: _, ...rest }: TrainingState) {
  return rest;
}

/** All but the consensus, which outlives no process. */
function plainChoice({ scores, ranking, candidates }: Scored) {
  return { scores, ranking, candidates };
}

function plainSearch({ pretrained, candidates, best }: Search) {
  const plain = ({ beta, clusters, state }: Trained) => ({
    beta,
    clusters,
    state: plainState(state),
  });
  return {
    candidates,
    pretrained: plain(pretrained),
    best: best && { silhouette: best.silhouette, ...plain(best.trained) },
  };
}

/**
 * Every value is checked as if it came from anywhere.
 *
 * @throws `ERR_INVALID_ARGUMENT`
 */
export function readRunSnapshot(kept: Kept): RunSnapshot {
  const { plain, snapshots, histories } = kept;
  const choice = plain.choice === undefined ? undefined : readChoice(plain.choice);
  return {
    state: readState(plain.state, historyOf(histories, 'session')),
    hyperparameters: readHyperparameters(object('weights', plain.weights)),
    choice,
    search: plain.search === undefined ? undefined : readSearch(plain.search, choice, kept),
    session: snapshotOf(snapshots, 'session'),
    best: snapshots.get('best'),
  };
}

function readChoice(value: unknown): Scored {
  const c = object('choice', value);
  const ranking = readClusters('choice.ranking', c.ranking);
  return { ...readScored('choice', c), ranking, consensus: new Map() };
}

function readSearch(
  value: unknown,
  choice: Scored | undefined,
  { snapshots, histories }: Kept,
): Search {
  const s = object('search', value);
  const candidates = readClusters('search.candidates', s.candidates);
  if (choice === undefined || choice.candidates.length >= candidates.length) {
    throw invalidArgument('search', 'a candidate that is not over', s.candidates);
  }
  const trained = (of: Readonly<Record<string, unknown>>, name: SnapshotName): Trained => {
    const { beta, clusters } = readHyperparameters(of);
    const state = readState(of.state, historyOf(histories, name));
    return { beta, clusters, state, session: snapshotOf(snapshots, name) };
  };
  const best = s.best === undefined ? undefined : object('search.best', s.best);
  return {
    candidates,
    pretrained: trained(object('search.pretrained', s.pretrained), 'pretrained'),
    best: best && {
      silhouette: number('search.best.silhouette', best.silhouette),
      trained: trained(best, 'candidate'),
    },
  };
}

function readClusters(name: string, value: unknown): number[] {
  return array(name, value).map((clusters) => integer(name, clusters, { min: 1 }));
}

function historyOf(histories: Kept['histories'], name: SnapshotName): History {
  const history = histories.get(name);
  if (history === undefined) throw invalidArgument(name, 'a history', undefined);
  return history;
}

function snapshotOf(snapshots: Kept['snapshots'], name: SnapshotName): SnapshotHandle {
  const handle = snapshots.get(name);
  if (handle === undefined) throw invalidArgument(name, 'a state of the session', undefined);
  return handle;
}
