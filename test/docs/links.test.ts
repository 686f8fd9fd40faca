import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './programs.js';

const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  files: string[];
};

/** Whether `files` in package.json names a path, a folder above it, or all of one kind in a folder. */
function isPacked(path: string): boolean {
  return files.some((entry) => {
    const [folder, ending] = entry.split('*');
    if (ending === undefined) return path === entry || path.startsWith(`${entry}/`);
    return path.startsWith(folder!) && path.endsWith(ending);
  });
}

/** The anchors of a page's headings. */
function anchorsOf(path: string): string[] {
  const headings = readFileSync(join(root, path), 'utf8').matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** What is wrong with a link of a page; undefined where nothing is. */
function flawOf(page: string, link: string): string | undefined {
  const [target, anchor] = link.split('#');
  const path = target === '' ? page : normalize(join(dirname(page), target!));
  if (!existsSync(join(root, path))) return `${link}: no such file`;
  if (!isPacked(path)) return `${link}: not in the package`;
  if (anchor !== undefined && !anchorsOf(path).includes(anchor)) return `${link}: no such heading`;
  return undefined;
}

const below = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(
    (name) => `${folder}/${name}`,
  );
const pages = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...below('docs'),
  ...below('bench/results'),
];

describe('links from page to page', () => {
  it.each(pages.filter((page) => page.endsWith('.md')))('of %s are live in the package', (page) => {
    const text = readFileSync(join(root, page), 'utf8');
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
    const relative = links.filter((link) => !/^[a-z]+:/.test(link));
    expect(relative.map((link) => flawOf(page, link)).filter((flaw) => flaw !== undefined)).toEqual(
      [],
    );
  });
});
