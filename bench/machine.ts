import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

/** What the numbers were taken on: no names of hosts, users or folders. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  /** Of the last minute, when this was taken: other work makes times longer. */
  readonly load: number;
  readonly versions: Readonly<Record<string, string>>;
}

export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    load: loadavg()[0] ?? 0,
    versions: {
      deeptype: versionOf('../package.json'),
      node: process.versions.node,
      'ml-kmeans': versionOf('../node_modules/ml-kmeans/package.json'),
    },
  };
}

function versionOf(manifest: string): string {
  try {
    const text = readFileSync(new URL(manifest, import.meta.url), 'utf8');
    return (JSON.parse(text) as { version: string }).version;
  } catch {
    return 'absent';
  }
}
