// A disk that fails where a test wants it to.
import type { FileHandle } from 'node:fs/promises';

type Functions = typeof import('node:fs/promises');

/** What the file system does: `left` calls that change it succeed, then one fails; or all from it on. */
export const disk = { left: Number.POSITIVE_INFINITY, isDead: false };

/** The functions of `fs` that change the disk fail as `disk` says. */
export function failing(fs: Functions): Functions {
  /** Counts a call that changes the disk; `partly` is what a failing one still does. */
  async function change<T>(act: () => Promise<T>, partly?: () => Promise<unknown>): Promise<T> {
    const isFailing = disk.isDead ? disk.left <= 0 : disk.left === 0;
    disk.left -= 1;
    if (!isFailing) return act();
    if (disk.left === -1) await partly?.();
    throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
  }
  const wrap = (file: FileHandle) =>
    new Proxy(file, {
      get(target, name) {
        if (name === 'writeFile') {
          return (bytes: Uint8Array) =>
            change(
              () => target.writeFile(bytes),
              () => target.writeFile(bytes.subarray(0, bytes.length / 2)),
            );
        }
        if (name === 'sync') return () => change(() => target.sync());
        const value = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  return {
    ...fs,
    mkdir: ((...args: Parameters<typeof fs.mkdir>) =>
      change(() => fs.mkdir(...args))) as typeof fs.mkdir,
    rename: (...args: Parameters<typeof fs.rename>) => change(() => fs.rename(...args)),
    rm: (...args: Parameters<typeof fs.rm>) => change(() => fs.rm(...args)),
    open: async (path, flags) =>
      wrap(flags === 'r' ? await fs.open(path, flags) : await change(() => fs.open(path, flags))),
  };
}
