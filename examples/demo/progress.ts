import { Presets, SingleBar } from 'cli-progress';
import type { ProgressEvent } from 'deeptype';

/** Shows how far a fit is. */
export interface Display {
  show(event: ProgressEvent): void;
  end(): void;
}

/** A bar on a terminal, elsewhere one line at the end of each phase. */
export function display(): Display {
  return process.stdout.isTTY ? bar() : lines();
}

function bar(): Display {
  const format =
    '  {phase} [{bar}] {percentage} %  epoch {epoch} of {epochs}  loss {loss}  inputs {inputs}';
  const single = new SingleBar(
    { format, stream: process.stdout, clearOnComplete: true, hideCursor: true },
    Presets.shades_classic,
  );
  single.start(100, 0, { phase: 'start   ', epoch: 0, epochs: 0, loss: '-', inputs: '-' });
  return {
    show: ({ phase, epoch, epochs, fraction, last }) => {
      const loss = last?.total.toPrecision(3) ?? '-';
      const inputs = last?.selectedFeatures ?? '-';
      const payload = { phase: phase.padEnd(8), epoch, epochs, loss, inputs };
      single.update(Math.round(100 * fraction), payload);
    },
    end: () => single.stop(),
  };
}

function lines(): Display {
  return {
    show: ({ phase, epoch, fraction, last }) => {
      if (fraction < 1 || last === undefined) return;
      const facts = `loss ${last.total.toPrecision(3)}, ${last.selectedFeatures} inputs alive`;
      const unit = phase === 'settle' ? 'rounds' : 'epochs';
      console.log(`  ${phase} done after ${epoch} ${unit}: ${facts}`);
    },
    end: () => {},
  };
}

/** Seconds that each phase took, told by the events of a fit. */
export class PhaseClock {
  readonly seconds = new Map<string, number>();
  #last = performance.now();

  show({ phase }: ProgressEvent): void {
    const now = performance.now();
    this.seconds.set(phase, (this.seconds.get(phase) ?? 0) + (now - this.#last) / 1000);
    this.#last = now;
  }
}
