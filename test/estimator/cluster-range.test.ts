import { describe, expect, it } from 'vitest';
import { Random } from '../../src/common/random.js';
import {
  DeepType,
  type DeepTypeOptions,
  datasets,
  KMeans,
  metrics,
  mlKMeans,
  Network,
  type ProgressEvent,
  selection,
  Trainer,
} from '../../src/index.js';
import { messageOf } from '../common/coded.js';
import { rejection } from '../options/refusals.js';

const draw = (seed: number) => datasets.makeClusters({ seed });
const QUICK: Partial<DeepTypeOptions> = {
  hidden: [16, 8],
  batchSize: 20,
  pretrain: { learningRate: 0.01 },
  joint: { epochs: 6 },
  settle: { iterations: 60 },
};

/** Rows about `k` corners of a regular polygon, in two columns of six. */
function polygon(k: number, rows = 150) {
  const random = new Random(k);
  const y = Int32Array.from({ length: rows }, (_, i) => i % k);
  const X = Array.from(y, (corner) => {
    const angle = (2 * Math.PI * corner) / k;
    const place = [6 * Math.cos(angle), 6 * Math.sin(angle), 0, 0, 0, 0];
    return place.map((x) => x + random.normal());
  });
  return { X, y };
}
const small = polygon(3);
const fitted = async (options: Partial<DeepTypeOptions> = {}, run = {}) => {
  const model = new DeepType({ clusters: { max: 6 }, ...QUICK, ...options });
  const result = await model.fit(small.X, small.y, run);
  return { model, result };
};
const weightsOf = (model: DeepType) => model.network.parameters().map(({ data }) => data);

describe("clusters: 'auto'", () => {
  it('finds the four clusters of a draw', async () => {
    const { X, y } = draw(0);
    const model = new DeepType({ clusters: 'auto' });
    const { clusters, clusterChoice } = await model.fit(X, y);
    expect([clusters, model.clusters, model.centroids.rows]).toEqual([4, 4, 4]);
    expect(metrics.adjustedRandIndex(y, model.labels)).toBeGreaterThan(0.98);
    const counts = clusterChoice!.scores.map((score) => score.clusters);
    expect(counts).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(clusterChoice!.candidates.length).toBe(3);
  });

  it('finds them where the pretrained representation says three, and keeps the best candidate', async () => {
    const { X, y } = draw(5);
    const model = new DeepType({ clusters: 'auto', seed: 5 });
    const result = await model.fit(X, y);
    const { candidates } = result.clusterChoice!;
    expect(candidates[0]!.clusters).toBe(3);
    const best = candidates.reduce((a, b) => (b.silhouette > a.silhouette ? b : a));
    expect([result.clusters, best.clusters]).toEqual([4, 4]);
    const trained = metrics.silhouetteScore(model.transform(X), model.labels);
    expect(trained).toBeCloseTo(best.silhouette, 5);
    const fixed = new DeepType({ clusters: 4, seed: 5 });
    const plain = await fixed.fit(X, y);
    expect(weightsOf(model)).toEqual(weightsOf(fixed));
    expect(result.history).toEqual(plain.history);
  });

  it('equals the fit with the K it finds, to the bit', async () => {
    for (const clusters of [{ max: 6 }, { max: 4, candidates: 9, criterion: 'gap' as const }]) {
      const { model, result } = await fitted({ clusters });
      const { clusterChoice, ...chosen } = result;
      expect(clusterChoice).toBeDefined();
      const { model: fixed, result: plain } = await fitted({ clusters: result.clusters });
      expect(weightsOf(model)).toEqual(weightsOf(fixed));
      expect([model.labels, model.centroids]).toEqual([fixed.labels, fixed.centroids]);
      expect(chosen).toEqual(plain);
    }
  });

  it('is the same on any number of threads', async () => {
    const one = await fitted({ threads: 1 });
    const two = await fitted({ threads: 2 });
    expect(two.result).toEqual(one.result);
    expect(weightsOf(two.model)).toEqual(weightsOf(one.model));
  });
});

describe('a range', () => {
  it('is kept to', async () => {
    const { result } = await fitted({ clusters: { min: 4, max: 5, candidates: 1 } });
    expect(result.clusterChoice!.scores.map((s) => s.clusters)).toEqual([4, 5]);
    expect(result.clusterChoice!.candidates.length).toBe(1);
    expect(result.clusterChoice!.candidates[0]!.clusters).toBe(result.clusters);
  });

  it('by default depends on the number of rows', async () => {
    const { X, y } = polygon(2, 50);
    const model = new DeepType({ clusters: 'auto', ...QUICK });
    const { clusterChoice } = await model.fit(X, y);
    expect(clusterChoice!.scores.map((s) => s.clusters)).toEqual([2, 3, 4, 5]);
  });

  it('takes a clusterer of the caller', async () => {
    const { result } = await fitted({ clusterer: mlKMeans });
    expect(result.clusters).toBe(3);
    const bad = new DeepType({ clusters: { max: 3 }, ...QUICK, clusterer: () => ({}) as never });
    await rejection(bad.fit(small.X, small.y), 'ERR_INVALID_ARGUMENT');
  });

  it('keeps its K in a warm start, and looks again in a new fit', async () => {
    const { model, result } = await fitted();
    const other = polygon(5);
    const again = await model.fit(small.X, small.y, { warmStart: true });
    expect([again.clusters, again.clusterChoice]).toEqual([result.clusters, result.clusterChoice]);
    expect((await model.fit(other.X, other.y)).clusters).toBe(5);
  });

  it('is saved with what it found', async () => {
    const { model, result } = await fitted();
    const again = DeepType.fromBytes(model.toBytes());
    expect(again.clusters).toBe(result.clusters);
    const more = await again.fit(small.X, small.y, { warmStart: true });
    expect(more.clusters).toBe(result.clusters);
  });

  it('refuses what makes no sense', async () => {
    for (const clusters of [
      'best',
      { min: 1 },
      { min: 5, max: 4 },
      { criterion: 'elbow' },
      { candidates: 0 },
      { scores: 'gap' },
      { scores: ['elbow'] },
      { minimum: 2 },
      [2, 5],
      null,
      undefined,
    ]) {
      messageOf(() => new DeepType({ clusters: clusters as 'auto' }), 'ERR_INVALID_ARGUMENT');
    }
    const message = messageOf(
      () => new DeepType({ clusters: { criterion: 'gaps' as 'gap' } }),
      'ERR_INVALID_ARGUMENT',
    );
    expect(message).toContain("clusters.criterion: expected one of 'silhouette', 'gap'");
    const model = new DeepType({ clusters: { max: 150 }, ...QUICK });
    expect(await rejection(model.fit(small.X, small.y), 'ERR_INVALID_ARGUMENT')).toBe(
      'X: expected at least 151 rows, one more than clusters.max, received 150',
    );
  });
});

describe('a fit with a range, while it runs', () => {
  it('tells how far each phase is, which never goes back and ends once', async () => {
    const events: ProgressEvent[] = [];
    await fitted({}, { onProgress: (event: ProgressEvent) => events.push(event) });
    for (const phase of ['pretrain', 'choose', 'joint', 'settle']) {
      const fractions = events.filter((e) => e.phase === phase).map((e) => e.fraction);
      expect(fractions.filter((f) => f === 1).length, phase).toBeGreaterThanOrEqual(1);
      expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    }
    const first = events.findIndex((e) => e.phase === 'joint' || e.phase === 'settle');
    expect(events.slice(first).every((e) => e.clusters !== undefined)).toBe(true);
  });

  it.each(['choose', 'joint', 'settle'] as const)('is aborted in %s', async (phase) => {
    const controller = new AbortController();
    const onProgress = (event: ProgressEvent) => {
      if (event.phase === phase) controller.abort('enough');
    };
    const model = new DeepType({ clusters: { max: 6 }, ...QUICK });
    const run = { signal: controller.signal, onProgress };
    await rejection(model.fit(small.X, small.y, run), 'ERR_ABORTED');
    messageOf(() => model.labels, 'ERR_NOT_FITTED');
  });

  it.each(['pretrain', 'choose', 'joint', 'settle'] as const)('is stopped in %s', async (phase) => {
    const model = new DeepType({ clusters: { max: 6 }, ...QUICK });
    const onProgress = (event: ProgressEvent) => {
      if (event.phase === phase) model.stop();
    };
    const result = await model.fit(small.X, small.y, { onProgress });
    expect(result.stopReason).toBe('stopped');
    expect(result.clusters).toBe(model.centroids.rows);
    expect(new Set(model.labels).size).toBeGreaterThan(1);
  });
});

describe('Trainer', () => {
  it('chooses K in its joint phase', async () => {
    const network = new Network({ inputs: 6, hidden: [16, 8], outputs: 3 });
    const { hidden: _, ...options } = QUICK;
    const trainer = new Trainer({ network, clusters: { max: 6 }, ...options });
    messageOf(() => trainer.clusters(small.X), 'ERR_NOT_FITTED');
    const { X, y } = small;
    await trainer.pretrain(X, y);
    await trainer.joint(X, y);
    expect(trainer.clusters(X).centroids.rows).toBe(3);
    trainer.dispose();
    network.dispose();
  });
});

describe('selection.chooseClusters', () => {
  it('tells every score, which are those of the pretrained representation', async () => {
    const chosen = await selection.chooseClusters(small.X, small.y, QUICK, { range: { max: 5 } });
    expect([chosen.clusters, chosen.criterion]).toEqual([3, 'silhouette']);
    const dense = { ...QUICK, joint: { epochs: 0 }, settle: { iterations: 0 }, clusters: 2 };
    const model = new DeepType(dense);
    await model.fit(small.X, small.y);
    const representation = model.transform(small.X);
    for (const score of chosen.scores) {
      const { labels, inertia } = new KMeans({ clusters: score.clusters }).fit(representation);
      expect(score.inertia).toBeCloseTo(inertia, 2);
      const expected = {
        silhouette: metrics.silhouetteScore(representation, labels),
        calinskiHarabasz: metrics.calinskiHarabasz(representation, labels),
        daviesBouldin: metrics.daviesBouldin(representation, labels),
      };
      for (const [name, value] of Object.entries(expected)) {
        expect(score[name as keyof typeof expected]! / value).toBeCloseTo(1, 4);
      }
      expect(score.gap).toBeDefined();
      expect(score.gapError).toBeGreaterThan(0);
      expect(score.ambiguity).toBeGreaterThanOrEqual(0);
    }
    expect([chosen.consensus!.matrix.rows, chosen.consensus!.rows.length]).toEqual([150, 150]);
  });

  it.each(['silhouette', 'gap', 'calinski-harabasz', 'davies-bouldin', 'consensus'] as const)(
    'by %s finds three',
    async (criterion) => {
      const how = { range: { max: 6 }, criterion, scores: [], candidates: 1 };
      const { clusters, scores, candidates } = await selection.chooseClusters(
        small.X,
        small.y,
        QUICK,
        how,
      );
      expect([clusters, candidates.length]).toEqual([3, 1]);
      const found = Object.keys(scores[0]!).filter((key) => !['clusters', 'inertia'].includes(key));
      expect(found.length).toBe(criterion === 'gap' ? 2 : 1);
    },
  );

  it('refuses options by name', async () => {
    const call = (options: unknown, how: unknown) =>
      selection.chooseClusters(small.X, small.y, options as object, how as object);
    await rejection(call({}, { range: [2, 3] }), 'ERR_INVALID_ARGUMENT');
    await rejection(call({}, { range: { minimum: 2 } }), 'ERR_INVALID_ARGUMENT');
    await rejection(call({}, { criteria: [] }), 'ERR_INVALID_ARGUMENT');
    await rejection(call({ hiden: [3] }, {}), 'ERR_INVALID_ARGUMENT');
    await rejection(call(null, {}), 'ERR_INVALID_ARGUMENT');
    await rejection(call({}, { signal: AbortSignal.abort() }), 'ERR_ABORTED');
  });
});
