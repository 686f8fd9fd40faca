// A copy of the repository in which places are changed, with the addon built anew from what they touch.
import { execFile, execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BUILD = join(ROOT, 'build');

/** Whether the addon was built by Ninja, which says how. */
export const canRebuild = existsSync(join(BUILD, 'build.ninja'));

/** A change to a file: its new text; or lines put in before the first line that holds `before`. */
export type Change =
  | { readonly path: string; readonly text: string }
  | { readonly path: string; readonly before: string; readonly lines: string };

interface Command {
  readonly command: string;
  readonly output: string;
}

export class Copy {
  constructor(readonly root: string) {
    for (const part of ['src', 'native', 'package.json', 'tsconfig.json']) {
      cpSync(join(ROOT, part), join(root, part), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'), 'dir');
  }

  change(change: Change): void {
    const path = join(this.root, change.path);
    writeFileSync(
      path,
      'text' in change ? change.text : inserted(readFileSync(path, 'utf8'), change),
    );
  }

  /** Compiles what depends on the changed files, and links the addon. */
  async build(changed: readonly string[]): Promise<void> {
    const build = join(this.root, 'build');
    cpSync(join(BUILD, 'CMakeFiles'), join(build, 'CMakeFiles'), { recursive: true });
    mkdirSync(join(build, 'Release'), { recursive: true });
    const commands: Command[] = JSON.parse(ninja('compdb', '-x'));
    const commandOf = new Map(commands.map(({ output, command }) => [output, command]));
    const objects = dependants(changed.map((path) => join(ROOT, path)));
    for (const output of [...objects, 'Release/deeptype.node']) {
      const command = commandOf.get(output);
      if (command === undefined) throw new Error(`no command makes ${output}`);
      rmSync(join(build, output), { force: true });
      await run('sh', ['-c', command.replaceAll(join(ROOT, 'native'), join(this.root, 'native'))], {
        cwd: build,
      });
    }
  }

  /** What a program at this path in the copy prints, as JSON. */
  async run(path: string): Promise<unknown> {
    const { stdout } = await run(process.execPath, ['--import', 'tsx', path], { cwd: this.root });
    return JSON.parse(stdout);
  }
}

const run = promisify(execFile);

function ninja(tool: string, ...options: string[]): string {
  return execFileSync('ninja', ['-C', BUILD, '-t', tool, ...options], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  }).replace(/^ninja: Entering directory.*\n/, '');
}

/** The objects of the addon that include any of these headers. */
function dependants(headers: readonly string[]): string[] {
  return ninja('deps')
    .split('\n\n')
    .flatMap((block) => {
      const [head = '', ...paths] = block.split('\n').map((line) => line.trim());
      const object = head.slice(0, head.indexOf(':'));
      const isTouched = paths.some((path) => headers.includes(resolve(BUILD, path)));
      return isTouched && !object.includes('deeptype_core_tests') ? [object] : [];
    });
}

function inserted(text: string, change: { path: string; before: string; lines: string }): string {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => line.includes(change.before));
  if (at < 0) throw new Error(`${change.path} has no line with ${change.before}`);
  return [...lines.slice(0, at), change.lines, ...lines.slice(at)].join('\n');
}
