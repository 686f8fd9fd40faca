// Tables from a linear congruential generator, the same everywhere to the bit.

export const KINDS = [
  'normal',
  'genotypes',
  'correlated',
  'duplicate',
  'nearly duplicate',
  'unlike',
  'far from zero',
  'low rank',
  'mostly zero',
] as const;
export type Kind = (typeof KINDS)[number];

/** Values that are uniform in [0, 1), and about normal ones. */
export function stream(seed: number) {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}

export function tableOf(rows: number, columns: number, kind: Kind) {
  const draw = stream(1000 * rows + columns);
  const factors = Array.from({ length: 3 * columns }, draw.normal);
  const X = Array.from({ length: rows }, () => rowOf(columns, kind, factors, draw));
  const far = kind === 'far from zero' ? 1e6 : 0;
  const y = X.map((x) => 2 * (x[0]! - far) - (x[1]! - far) + draw.normal() + far);
  return { X, y };
}

function rowOf(
  columns: number,
  kind: Kind,
  factors: readonly number[],
  { uniform, normal }: ReturnType<typeof stream>,
): number[] {
  const row = (value: (j: number) => number) => Array.from({ length: columns }, (_, j) => value(j));
  const doubled = (noise: number) => {
    const x = row(normal);
    return x.map((v, j) => (j % 3 === 2 ? x[j - 1]! + noise * v : v));
  };
  switch (kind) {
    case 'normal':
      return row(normal);
    case 'genotypes':
      return row(() => Math.floor(3 * uniform()));
    case 'correlated': {
      const common = normal();
      return row(() => 0.99 * common + 0.1 * normal());
    }
    case 'duplicate':
      return doubled(0);
    case 'nearly duplicate':
      return doubled(1e-9);
    case 'unlike':
      return row((j) => normal() * 10 ** (((j * 7) % 17) - 8));
    case 'far from zero':
      return row(() => 1e6 + normal());
    case 'low rank': {
      const f = [normal(), normal(), normal()];
      return row((j) => f.reduce((sum, v, k) => sum + v * factors[3 * j + k]!, 0));
    }
    case 'mostly zero':
      return row(() => (uniform() < 0.05 ? 1 : 0));
  }
}
