// Trains an epoch of the paper's network on a table in a SharedArrayBuffer and prints as JSON what
// memory the process took at most, and what it needs at least. Plain JavaScript on the built package,
// so that nothing else is in this process.
import { readFileSync } from 'node:fs';
import { Matrix, Network, Trainer } from 'deeptype';

/** Most resident memory so far. Linux hands `maxRSS` down from the parent process, not VmHWM. */
function peak() {
  try {
    const kilobytes = /VmHWM:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (kilobytes !== undefined) return Number(kilobytes) * 1024;
  } catch {}
  return process.resourceUsage().maxRSS * 1024;
}

const [rows, inputs, hidden, outputs, batchSize] = [2133, 20_000, [1024, 512], 6, 256];
const atStart = peak();

const data = new Float32Array(new SharedArrayBuffer(4 * rows * inputs));
let state = 1;
for (let i = 0; i < data.length; i++) {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
  data[i] = state / 2 ** 30;
}
const X = new Matrix(data, rows, inputs);
const y = Int32Array.from({ length: rows }, (_, i) => i % outputs);

const network = new Network({ inputs, hidden, outputs, activation: 'sigmoid' });
const trainer = new Trainer({
  network,
  clusters: 11,
  sparsity: { weight: 0.006 },
  distance: { weight: 1.2 },
  settle: { iterations: 0 },
  batchSize,
  activeSet: false,
});
await trainer.pretrain(X, y, { epochs: 1, denseFraction: 0 });
await trainer.joint(X, y, { epochs: 0, restart: 'none' });
trainer.dispose();
network.dispose();

const widths = [inputs, ...hidden, outputs];
const parameters = widths.slice(1).reduce((sum, w, l) => sum + w * ((widths[l] ?? 0) + 1), 0);
console.log(
  JSON.stringify({
    resident: peak(),
    atStart,
    table: data.byteLength,
    parameters: 4 * parameters,
    optimizer: 8 * parameters,
    activations: 4 * batchSize * widths.slice(1).reduce((sum, w) => sum + w, 0),
  }),
);
