import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A peer that cannot run on this machine; the table shows the reason instead of a time. */
export class PeerAbsent extends Error {}

/** What a peer answers to one request. */
export interface PeerAnswer {
  readonly seconds: number;
  readonly facts: Readonly<Record<string, number>>;
  readonly labels?: readonly number[];
}

/**
 * A script of bench/peers in a process of its own that lives as long as the benchmark, so that its
 * start is not counted. The interpreter is $DEEPTYPE_PYTHON, or python3.
 */
export class Peer {
  readonly versions: Readonly<Record<string, string>>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;

  private constructor(
    child: ChildProcessWithoutNullStreams,
    reader: Interface,
    lines: AsyncIterator<string>,
    versions: Record<string, string>,
  ) {
    this.#child = child;
    this.#reader = reader;
    this.#lines = lines;
    this.versions = versions;
  }

  /** Starts `bench/peers/<script>` with its numeric libraries held to `threads` threads. */
  static async start(
    script: string,
    threads: number,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Peer> {
    const python = process.env.DEEPTYPE_PYTHON ?? 'python3';
    const path = fileURLToPath(new URL(`./peers/${script}`, import.meta.url));
    const count = String(threads);
    const child = spawn(python, [path], {
      stdio: 'pipe',
      env: {
        ...process.env,
        OMP_NUM_THREADS: count,
        OPENBLAS_NUM_THREADS: count,
        MKL_NUM_THREADS: count,
        ...environment,
      },
    });
    const failed = new Promise<never>((_, reject) => {
      child.once('error', (error) => reject(new PeerAbsent(withoutPaths(error.message))));
    });
    let complaint = 'it ended at once';
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = chunk.toString().trim().split('\n').at(-1) || complaint;
    });
    child.stdin.on('error', () => {}); // a crashed peer is detected by the end of its output
    const reader = createInterface({ input: child.stdout });
    const lines = reader[Symbol.asyncIterator]();
    const first = await Promise.race([lines.next(), failed]);
    const hello = first.done ? { reason: complaint } : JSON.parse(first.value);
    if (hello.ready !== true) {
      child.kill();
      throw new PeerAbsent(withoutPaths(String(hello.reason)));
    }
    return new Peer(child, reader, lines, hello.versions);
  }

  async request(body: object): Promise<PeerAnswer> {
    this.#child.stdin.write(`${JSON.stringify(body)}\n`);
    const line = await this.#lines.next();
    if (line.done) throw new Error('the peer ended in the middle of a request');
    const answer = JSON.parse(line.value) as PeerAnswer & { error?: string };
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer;
  }

  close(): void {
    this.#reader.close();
    this.#child.stdin.end();
    this.#child.kill();
  }
}

/** Reasons are published with the results, which must not contain local paths. */
function withoutPaths(text: string): string {
  return text.replace(/(?:\/[^\s/:'"]+)+(?=\/)/g, '...');
}
