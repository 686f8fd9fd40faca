// Names, modes, links and working directories.
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DeepType, DeepTypeError, Network } from '../../src/index.js';
import { fitted, SMALL, X, y } from '../estimator/tables.js';

let model: DeepType;
let folder: string;
beforeAll(async () => {
  model = await fitted();
});
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'deeptype-paths-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const fitTo = (path: unknown, options: object = {}) =>
  new DeepType(SMALL).fit(X, y, { checkpoint: { path: path as string }, ...options });
const modeOf = (path: string) => (fs.statSync(path).mode & 0o777).toString(8);

/** Everything that writes files, and what it writes given a path. */
const writers: [string, (path: string) => Promise<unknown>, string[]][] = [
  ['a model', (path) => model.save(path), ['model.json', 'model.safetensors']],
  ['a network', (path) => model.network.save(path), ['']],
  ['a checkpoint', (path) => fitTo(path), ['']],
];

describe.skipIf(process.platform === 'win32').each(writers)('%s', (_, write, names) => {
  it('keeps mode and owner of the files it replaces, whatever the umask', async () => {
    const path = join(folder, 'it');
    const files = names.map((name) => resolve(path, name));
    await write(path);
    for (const file of files) expect(modeOf(file)).toBe((0o666 & ~process.umask()).toString(8));
    for (const mode of [0o600, 0o640, 0o664, 0o400]) {
      for (const file of files) fs.chmodSync(file, mode);
      await write(path);
      for (const file of files) expect(modeOf(file)).toBe(mode.toString(8));
    }
    if (process.getuid?.() !== 0) return; // nobody else may give a file away
    for (const file of files) fs.chownSync(file, 1234, 4321);
    await write(path);
    for (const file of files) {
      expect(fs.statSync(file)).toMatchObject({ uid: 1234, gid: 4321 });
      expect(modeOf(file)).toBe('400');
    }
  });

  it('replaces what symbolic links lead to, and keeps the links', async () => {
    for (const name of names) {
      fs.mkdirSync(join(folder, 'far', 'away'), { recursive: true });
      const link = resolve(folder, 'it', name);
      fs.mkdirSync(join(link, '..'), { recursive: true });
      const target = join(folder, 'far', 'away', `real${name}`);
      fs.writeFileSync(target, 'old', { mode: 0o600 });
      fs.symlinkSync(`far/away/real${name}`, join(folder, `hop${name}`));
      fs.symlinkSync(join(folder, `hop${name}`), link);
    }
    await write(join(folder, 'it'));
    for (const name of names) {
      expect(fs.lstatSync(resolve(folder, 'it', name)).isSymbolicLink()).toBe(true);
      expect(fs.lstatSync(join(folder, `hop${name}`)).isSymbolicLink()).toBe(true);
      const target = join(folder, 'far', 'away', `real${name}`);
      expect(fs.readFileSync(target, 'utf8')).not.toBe('old');
      expect(modeOf(target)).toBe('600');
    }
    expect(fs.readdirSync(join(folder, 'far', 'away')).length).toBe(names.length);
    if (names.length > 1) {
      const again = await DeepType.load(join(folder, 'it'));
      expect(again.labels).toEqual(model.labels);
    }
  });

  it('goes to the folder that was meant at the call', async () => {
    const before = process.cwd();
    const elsewhere = fs.mkdtempSync(join(tmpdir(), 'deeptype-elsewhere-'));
    try {
      process.chdir(folder);
      const written = write('it');
      process.chdir(elsewhere);
      await written;
      expect(fs.readdirSync(elsewhere)).toEqual([]);
      expect(fs.readdirSync(folder)).toEqual(['it']);
    } finally {
      process.chdir(before);
      fs.rmSync(elsewhere, { recursive: true });
    }
  });

  it('creates what a dangling link names, and refuses a loop of links', async () => {
    if (names.length > 1) return; // the folder of a model is looked up by the system
    fs.symlinkSync('later', join(folder, 'it'));
    await write(join(folder, 'it'));
    expect(fs.readdirSync(folder).sort()).toEqual(['it', 'later']);
    fs.symlinkSync('loop', join(folder, 'loop'));
    await expect(write(join(folder, 'loop'))).rejects.toMatchObject({
      code: 'ERR_IO',
      cause: { code: 'ELOOP' },
    });
  });
});

it('what is read is meant at the call too', async () => {
  await model.save(join(folder, 'model'));
  await model.network.save(join(folder, 'network'));
  await fitTo(join(folder, 'fit'));
  const before = process.cwd();
  try {
    process.chdir(folder);
    const reads = Promise.all([
      DeepType.load('model'),
      Network.load('network'),
      DeepType.resume('fit', X, y),
    ]);
    process.chdir(before);
    expect((await reads).length).toBe(3);
  } finally {
    process.chdir(before);
  }
});

describe('names', () => {
  it.each([1, 200, 213, 214, 230, 254, 255])('of %i bytes are taken', async (length) => {
    const path = join(folder, 'n'.repeat(length));
    await fitTo(path);
    await fitTo(path); // replaces it, and looks for leftovers
    await model.network.save(path);
    expect(fs.readdirSync(folder)).toEqual(['n'.repeat(length)]);
  });

  it('of characters of many bytes too', async () => {
    const name = `${'ä𝄞'.repeat(42)}end`; // 255 bytes
    await fitTo(join(folder, name));
    await model.save(join(folder, name.slice(0, -3), 'inner', name));
    expect(fs.readdirSync(folder)).toContain(name);
  });

  it('that are too long are ERR_IO', async () => {
    const path = join(folder, 'n'.repeat(256));
    const tooLong = { code: 'ERR_IO', cause: { code: 'ENAMETOOLONG' } };
    await expect(fitTo(path)).rejects.toMatchObject(tooLong);
    await expect(model.save(path)).rejects.toMatchObject(tooLong);
    await expect(model.network.save(path)).rejects.toMatchObject(tooLong);
    await expect(DeepType.load(path)).rejects.toMatchObject(tooLong);
  });
});

describe('paths that are none', () => {
  const calls: [string, (path: never) => Promise<unknown>][] = [
    ['save', (path) => model.save(path)],
    ['load', (path) => DeepType.load(path)],
    ['checkpoint', (path) => fitTo(path)],
    ['resume', (path) => DeepType.resume(path, X, y)],
    ['network.save', (path) => model.network.save(path)],
    ['Network.load', (path) => Network.load(path)],
  ];
  const junk: unknown[] = [
    ...[new URL('file:///tmp/a%2Fb'), new URL('file://host/tmp/x'), new URL('https://host/x')],
    ...[new URL('file:///tmp/a%00b'), new URL('data:text/plain,x'), 'a\0b', '', 3, null, {}, []],
    ...[{ href: 'file:///tmp/a%2Fb' }, { href: 3 }, { href: 'no URL' }, Buffer.from('/tmp/x')],
    ...[Object.create(URL.prototype), Symbol('path')],
  ].filter((value) => !(value instanceof Uint8Array));

  it.each(calls)('%s says so with a code', async (_, call) => {
    for (const path of junk) {
      const error = await call(path as never).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(DeepTypeError);
      expect(error).toHaveProperty('code', 'ERR_INVALID_ARGUMENT');
    }
  });

  it('the URL of another realm is one: what counts is its href', async () => {
    const path = join(folder, 'a b');
    await model.save({ href: pathToFileURL(path).href } as URL);
    expect(fs.existsSync(join(path, 'model.json'))).toBe(true);
  });

  it('what the system refuses is ERR_IO with its error', async () => {
    const file = join(folder, 'file');
    fs.writeFileSync(file, 'x');
    fs.mkdirSync(join(folder, 'model.json'));
    const refusal = (code: string) => ({ code: 'ERR_IO', cause: { code } });
    await expect(model.save(file)).rejects.toMatchObject({ code: 'ERR_IO' });
    await expect(model.save(join(file, 'in'))).rejects.toMatchObject(refusal('EEXIST'));
    await expect(DeepType.load(file)).rejects.toMatchObject(refusal('ENOTDIR'));
    await expect(fitTo(join(file, 'in'))).rejects.toMatchObject(refusal('ENOTDIR'));
    await expect(fitTo(folder)).rejects.toMatchObject(refusal('EISDIR'));
    await expect(model.network.save(folder)).rejects.toMatchObject(refusal('EISDIR'));
    await expect(model.save(folder)).rejects.toMatchObject(refusal('EISDIR'));
    expect(fs.readdirSync(folder).sort()).toEqual(['file', 'model.json']);
  });

  it.skipIf(process.platform === 'win32')('a device is not replaced', async () => {
    fs.symlinkSync('/dev/null', join(folder, 'null'));
    await expect(fitTo(join(folder, 'null'))).rejects.toMatchObject({ code: 'ERR_IO' });
    expect(fs.lstatSync('/dev/null').isCharacterDevice()).toBe(true);
  });
});

it('signals that only look like one are refused', async () => {
  const { addEventListener } = EventTarget.prototype;
  const forged = [
    Object.create(AbortSignal.prototype),
    { aborted: false, addEventListener, removeEventListener: addEventListener },
    new EventTarget(),
    Object.setPrototypeOf(new EventTarget(), AbortSignal.prototype),
  ];
  for (const signal of forged) {
    await expect(new DeepType(SMALL).fit(X, y, { signal })).rejects.toMatchObject({
      name: 'DeepTypeError',
      code: 'ERR_INVALID_ARGUMENT',
    });
  }
  const signal = new Proxy(new AbortController().signal, {});
  const error = await new DeepType(SMALL).fit(X, y, { signal }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error !== undefined) expect(error).toBeInstanceOf(DeepTypeError);
});
