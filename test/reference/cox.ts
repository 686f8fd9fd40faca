/** Whether and when. */
export interface Observation {
  readonly time: number;
  readonly event: boolean;
}

/**
 * The negative log partial likelihood with Efron's ties over the sum of the events' weights, straight
 * from its definition: every sum over a risk set is taken anew.
 */
export function coxLoss(
  eta: readonly number[],
  seen: readonly Observation[],
  weights: readonly number[] = eta.map(() => 1),
): number {
  const rows = eta.map((_, i) => i).filter((i) => weights[i]! > 0);
  const sum = (over: readonly number[], of: (i: number) => number) =>
    over.reduce((total, i) => total + of(i), 0);
  const risk = (i: number) => weights[i]! * Math.exp(eta[i]!);
  const events = rows.filter((i) => seen[i]!.event);
  if (events.length === 0) return 0;
  let likelihood = 0;
  for (const time of new Set(events.map((i) => seen[i]!.time))) {
    const atRisk = sum(
      rows.filter((i) => seen[i]!.time >= time),
      risk,
    );
    const tied = events.filter((i) => seen[i]!.time === time);
    const mean = sum(tied, (i) => weights[i]!) / tied.length;
    likelihood += sum(tied, (i) => weights[i]! * eta[i]!);
    tied.forEach((_, l) => {
      likelihood -= mean * Math.log(atRisk - (l / tied.length) * sum(tied, risk));
    });
  }
  return -likelihood / sum(events, (i) => weights[i]!);
}
