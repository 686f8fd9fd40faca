import type { TopLevelSpec } from 'vega-lite';
import { INK, MUTED, PALETTE } from './svg.js';

/** A table of points in two dimensions. */
export interface Plane {
  readonly title: string;
  readonly axes: readonly [string, string];
  readonly points: readonly (readonly [number, number])[];
}

export interface Groups {
  /** Cluster of each row. */
  readonly clusters: readonly number[];
  /** Class of each row, shown by the shape of its mark. */
  readonly classes: readonly string[];
  /** What the classes are called. */
  readonly className: string;
}

export interface Title {
  readonly text: string;
  readonly subtitle: string;
}

/** Two planes side by side: the same rows, coloured by cluster. */
export function scatterChart(title: Title, planes: readonly Plane[], groups: Groups): TopLevelSpec {
  const ids = [...new Set(groups.clusters)].sort((a, b) => a - b).map((k) => `${k + 1}`);
  return {
    title: { ...title, anchor: 'start', fontSize: 18, offset: 18 },
    // Plots in line with each other, whatever their axes take.
    bounds: 'flush',
    spacing: 76,
    hconcat: planes.map(({ title: heading, axes, points }) => ({
      title: { text: heading, anchor: 'start' as const },
      width: 380,
      height: 340,
      data: {
        values: points.map(([x, y], row) => ({
          x: rounded(x),
          y: rounded(y),
          cluster: `${groups.clusters[row]! + 1}`,
          class: groups.classes[row],
        })),
      },
      mark: { type: 'point' as const, filled: true, size: 26, opacity: 0.65, aria: false },
      encoding: {
        x: axis('x', axes[0]),
        y: axis('y', axes[1]),
        color: {
          field: 'cluster',
          type: 'nominal' as const,
          title: 'Cluster',
          scale: { domain: ids, range: ids.map((_, k) => PALETTE[k % PALETTE.length]!) },
          legend: { symbolOpacity: 1 },
        },
        shape: {
          field: 'class',
          type: 'nominal' as const,
          title: groups.className,
          legend: { symbolFillColor: INK, symbolOpacity: 1, symbolStrokeWidth: 0 },
        },
      },
    })),
  };
}

function axis(field: string, title: string) {
  return {
    field,
    type: 'quantitative' as const,
    title,
    scale: { zero: false, nice: true },
    axis: { tickCount: 6, labelOverlap: false, labelFlush: true },
  };
}

export interface Importance {
  readonly name: string;
  readonly value: number;
  /** Whether the input matters, where that is known. */
  readonly matters?: boolean;
}

/** One bar an input, longest first; an input whose weights are exactly zero has none. */
export function importanceChart(title: string, importances: readonly Importance[]): TopLevelSpec {
  const sorted = importances.toSorted((a, b) => b.value - a.value);
  const selected = sorted.filter(({ value }) => value > 0).length;
  const isTruthKnown = sorted.some(({ matters }) => matters !== undefined);
  const values = sorted.map(({ name, value, matters }) => ({
    name,
    value,
    state: value > 0 ? 'selected' : 'exactly zero',
    truth: matters ? 'matters in truth' : undefined,
  }));
  const y = {
    field: 'name',
    type: 'nominal' as const,
    sort: null,
    title: null,
    axis: { domain: false, ticks: false, labelPadding: isTruthKnown ? 18 : 6, labelLimit: 0 },
  };
  return {
    title: {
      text: title,
      subtitle: `${selected} of ${sorted.length} inputs selected; the others have weights of exactly zero`,
      anchor: 'start',
      fontSize: 18,
      offset: 18,
    },
    width: 480,
    height: { step: 19 },
    data: { values },
    layer: [
      {
        mark: { type: 'bar', height: 12 },
        encoding: {
          y,
          x: {
            field: 'value',
            type: 'quantitative',
            title: "L2 norm of the input's outgoing weights",
            axis: { tickCount: 6, labelFlush: false },
          },
          color: {
            field: 'state',
            type: 'nominal',
            title: null,
            scale: { domain: ['selected', 'exactly zero'], range: [PALETTE[0], MUTED] },
          },
        },
      },
      {
        transform: [{ filter: 'datum.value === 0' }],
        mark: { type: 'tick', thickness: 3, height: 12, color: MUTED },
        encoding: { y, x: { field: 'value', type: 'quantitative' } },
      },
      ...(isTruthKnown ? [truthLayer(y)] : []),
    ],
  };
}

function truthLayer<Y extends object>(y: Y) {
  return {
    transform: [{ filter: "datum.truth === 'matters in truth'" }],
    mark: { type: 'point' as const, filled: true, size: 70, opacity: 1, xOffset: -9, clip: false },
    encoding: {
      y,
      x: { datum: 0 },
      shape: {
        field: 'truth',
        type: 'nominal' as const,
        title: null,
        scale: { domain: ['matters in truth'], range: ['diamond'] },
        legend: { symbolFillColor: PALETTE[4], symbolStrokeWidth: 0 },
      },
      color: { value: PALETTE[4] },
    },
  };
}

export interface EpochLosses {
  readonly phase: string;
  /** The parts as they enter the total. */
  readonly parts: Readonly<Record<string, number>>;
}

/** The losses of every epoch on a logarithmic scale, the phases as bands with their names on top. */
export function lossChart(title: string, epochs: readonly EpochLosses[]): TopLevelSpec {
  const names = Object.keys(epochs[0]?.parts ?? {});
  const values = epochs.flatMap(({ phase, parts }, at) =>
    names.map((part) => ({ phase, epoch: at + 1, part, loss: parts[part]! })),
  );
  const x = { field: 'epoch', type: 'quantitative' as const };
  const domain = [0.5, epochs.length + 0.5];
  const { bands, labels } = phaseBands(epochs);
  return {
    title: { text: title, anchor: 'start', fontSize: 18, offset: 18 },
    width: 640,
    height: 340,
    layer: [
      {
        data: { values: bands },
        mark: { type: 'rect', opacity: 1 },
        encoding: {
          x: {
            field: 'begin',
            type: 'quantitative',
            title: 'Epoch',
            scale: { domain, nice: false },
          },
          x2: { field: 'end' },
          color: { field: 'shade', type: 'nominal', scale: null },
        },
      },
      {
        data: { values: labels },
        mark: {
          type: 'text',
          align: 'center',
          baseline: 'bottom',
          fontSize: 12,
          color: INK,
          dy: -5,
        },
        encoding: {
          x: { field: 'middle', type: 'quantitative' },
          y: { value: 0 },
          text: { field: 'phase' },
        },
      },
      {
        data: { values },
        transform: [{ filter: 'datum.loss > 0' }],
        mark: { type: 'line', strokeWidth: 2, point: { size: 18, aria: false }, aria: false },
        encoding: {
          x,
          y: {
            field: 'loss',
            type: 'quantitative',
            title: 'Loss (logarithmic)',
            scale: { type: 'log', nice: true },
            axis: { tickCount: 5, format: '~g' },
          },
          detail: { field: 'phase' },
          color: {
            field: 'part',
            type: 'nominal',
            title: null,
            legend: { symbolType: 'stroke', symbolStrokeWidth: 3 },
            scale: { domain: names, range: [PALETTE[0], PALETTE[1], PALETTE[2], INK] },
          },
          strokeDash: {
            field: 'part',
            type: 'nominal',
            legend: null,
            scale: {
              domain: names,
              range: names.map((_, k) => (k === names.length - 1 ? [4, 3] : [1, 0])),
            },
          },
        },
      },
    ],
  };
}

function phaseBands(epochs: readonly EpochLosses[]) {
  const bands: { phase: string; begin: number; end: number; shade: string }[] = [];
  epochs.forEach(({ phase }, at) => {
    const last = bands.at(-1);
    if (last?.phase === phase) last.end = at + 1.5;
    else {
      const shade = bands.length % 2 === 0 ? '#F3F5F8' : '#FFFFFF';
      bands.push({ phase, begin: at + 0.5, end: at + 1.5, shade });
    }
  });
  const labels = bands.map(({ phase, begin, end }) => ({ phase, middle: (begin + end) / 2 }));
  return { bands, labels };
}

/** Four digits are more than a chart shows. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
