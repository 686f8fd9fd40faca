// Right-censored times, the targets of losses of survival.
import { object } from '../common/checks.js';
import { forSlices, type Sliced } from '../common/time-slices.js';
import { Matrix } from '../data/matrix.js';
import { type Observations, orderByTime, slicedObservation } from '../data/observations.js';

/** Checks the `y` of a loss of survival. */
export function* acceptSurvival(y: unknown, loss: string, name = 'y'): Sliced<Observations> {
  const expected = `{ time, event }, each with a value a row, for the loss '${loss}'`;
  const { time, event } = object(name, y, expected);
  return yield* slicedObservation(time, event, `${name}.`);
}

/** Times as their ranks (N x 2: rank, event), for only their order counts and float32 holds ranks. */
export function* rankTimes({ time, event }: Observations): Sliced<Matrix> {
  const order = yield* orderByTime(time);
  const data = new Float32Array(2 * time.length);
  let rank = 0;
  yield* forSlices(order.length, (from, end) => {
    for (let k = from; k < end; k++) {
      const i = order[k]!;
      if (k > 0 && time[i] !== time[order[k - 1]!]) rank++;
      data[2 * i] = rank;
      data[2 * i + 1] = event[i]!;
    }
  });
  return new Matrix(data, time.length, 2);
}
