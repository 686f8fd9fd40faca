import { Session } from 'node:inspector';

/** Tells libFuzzer which parts of the TypeScript an input has run: a counter for each block that V8 counts. */
export class Coverage {
  readonly #session = new Session();
  readonly #counters: Uint8Array;

  /** Of what is loaded from here on. */
  constructor(counters: Uint8Array) {
    this.#counters = counters;
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** Adds what has run since the last call. */
  take(): void {
    this.#session.post('Profiler.takePreciseCoverage', (error, coverage) => {
      if (error !== null) throw error;
      for (const { scriptId, url, functions } of coverage.result) {
        if (!url.includes('/src/')) continue;
        for (const { ranges } of functions) {
          for (const { startOffset, endOffset, count } of ranges) {
            const place = (Number(scriptId) * 65_599 + startOffset) * 65_599 + endOffset;
            this.#counters[place % this.#counters.length] = Math.min(255, count);
          }
        }
      }
    });
  }
}
