import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Raw little-endian arrays in a temporary folder, for peers to read; gone after `remove`. */
export class RawFiles {
  readonly #folder = mkdtempSync(join(tmpdir(), 'deeptype-bench-'));

  write(name: string, data: Float32Array | Float64Array | Int32Array): string {
    const path = join(this.#folder, name);
    writeFileSync(path, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return path;
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
