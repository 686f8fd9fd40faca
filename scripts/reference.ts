// Writes docs/reference/options.md: `npm run reference`, after each change of an option. What an option takes and its
// default come from the tables in src/options, what it does from the comment of its declaration there.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript-5.9';
import { type Entries, type Entry, isGroup } from '../src/common/option.js';
import { ESTIMATOR } from '../src/options/options.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SOURCES = join(ROOT, 'src', 'options');
export const FILE = join(ROOT, 'docs', 'reference', 'options.md');

const HEAD = `# Options

Every option of \`new DeepType(options)\`; \`new Trainer(options)\` has those of them that concern training. This page is written
by \`npm run reference\` from the tables that check the options.
`;

/** A declared option: its comment, and the interface of the group that it is, if it is one. */
interface Declaration {
  readonly comment: string;
  readonly type: string;
}
type Declarations = ReadonlyMap<string, Declaration>;

/** The whole page, as it is now due. */
export function reference(): string {
  const interfaces = declared();
  const members = interfaces.get('DeepTypeOptions')!;
  return [HEAD, ...sections('', ESTIMATOR, members, interfaces)].join('\n');
}

/** The table of some options, and then those of the groups among them. */
function sections(
  path: string,
  entries: Entries,
  members: Declarations,
  interfaces: ReadonlyMap<string, Declarations>,
): string[] {
  const rows = Object.entries(entries).map(([name, entry]) => {
    const { comment } = members.get(name)!;
    checkDefault(path + name, comment, entry);
    const cells = [`\`${name}\``, takes(path + name, entry), defaultOf(entry), comment];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  const heading = path === '' ? '' : `## ${path.slice(0, -1)}\n\n`;
  const table = `${heading}| option | takes | default | |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
  const groups = Object.entries(entries).flatMap(([name, { check }]) => {
    const within = isGroup(check) ? check.entries : check.form;
    const declarations = interfaces.get(members.get(name)!.type);
    if (within === undefined || declarations === undefined) return [];
    return sections(`${path}${name}.`, within, declarations, interfaces);
  });
  return [table, ...groups];
}

function takes(path: string, { check }: Entry): string {
  const hasSection = isGroup(check) || check.form !== undefined;
  const anchor = path.toLowerCase().replaceAll('.', '');
  if (isGroup(check)) return `[options](#${anchor})`;
  const text = check.expected.replaceAll(/'[^']*'/g, '`$&`');
  return hasSection ? `${text}, see [below](#${anchor})` : text;
}

function defaultOf({ check, absent, follows, ...entry }: Entry): string {
  if (follows !== undefined) return `\`${follows}\``;
  if (absent !== undefined) return absent;
  if (entry.default !== undefined) return `\`${written(entry.default)}\``;
  return isGroup(check) ? '' : 'none: it is required';
}

function written(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : JSON.stringify(value).replaceAll(',', ', ');
}

/** Throws where the comment of an option tells of another default than its table. */
function checkDefault(path: string, comment: string, entry: Entry): void {
  const told = /\bdefault ('[^']*'|\[[^\]]*\]|true|false|-?\d[\d.e-]*\d|\d)/i.exec(comment)?.[1];
  const due = entry.default === undefined ? entry.absent : written(entry.default);
  if (told === undefined || due === undefined) return;
  const isSame = Number(told) === Number(due) || due.startsWith(told);
  if (!isSame) throw new Error(`${path}: its comment says that the default is ${told}, not ${due}`);
}

/** The options that the interfaces of src/options declare, by the name of the interface. */
function declared(): Map<string, Map<string, Declaration>> {
  const interfaces = new Map<string, Map<string, Declaration>>();
  for (const name of readdirSync(SOURCES)) {
    const text = readFileSync(join(SOURCES, name), 'utf8');
    const source = ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true);
    source.forEachChild((node) => {
      if (ts.isInterfaceDeclaration(node)) interfaces.set(node.name.text, membersOf(node, source));
    });
  }
  const all = interfaces.get('TrainingOptions')!;
  for (const [name, member] of interfaces.get('DeepTypeOptions')!) all.set(name, member);
  return interfaces.set('DeepTypeOptions', all);
}

function membersOf(
  { members }: ts.InterfaceDeclaration,
  source: ts.SourceFile,
): Map<string, Declaration> {
  return new Map(
    members.filter(ts.isPropertySignature).map((member) => {
      const comments = ts.getJSDocCommentsAndTags(member).map((doc) => textOf(doc.comment));
      const alternatives = member.type?.getText(source).split(' | ') ?? [];
      const type = alternatives.at(-1) ?? '';
      return [member.name.getText(source), { comment: comments.join(' '), type }];
    }),
  );
}

function textOf(comment: ts.JSDoc['comment']): string {
  return (ts.getTextOfJSDocComment(comment) ?? '').replaceAll(/\s+/g, ' ');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(FILE, reference());
