import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const inFolder = (folder: string): string[] =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));

const PAGES: readonly string[] = [
  ...['.', 'docs', 'benchmarks', 'conformance', 'packages/backend-native/native'].flatMap(inFolder),
  ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}/README.md`),
];

/** The lines of a page outside of code blocks. */
function proseOf(page: string): string[] {
  let isCode = false;
  return readFileSync(join(root, page), 'utf8')
    .split('\n')
    .filter((line) => {
      const isFence = line.startsWith('```');
      if (isFence) isCode = !isCode;
      return !isCode && !isFence;
    });
}

/** The number of cells in a table row; a bar inside code is written `\|`. */
const cellsOf = (row: string): number => row.trim().replace(/\\\|/g, '').split('|').length - 2;
const isRow = (line: string | undefined): boolean => line?.trim().startsWith('|') === true;
const isRule = (line: string | undefined): boolean => line !== undefined && /^\s*\|(\s*:?-+:?\s*\|)+\s*$/.test(line);

describe.each(PAGES)('%s', (page) => {
  const lines = proseOf(page);

  it('has valid tables: a head, a rule, and rows with the same number of cells', () => {
    const broken = lines.flatMap((line, i) => {
      if (!isRow(line)) return [];
      const isHead = !isRow(lines[i - 1]);
      if (isHead) return isRule(lines[i + 1]) ? [] : [`no rule below: ${line}`];
      const first = lines.slice(0, i).findLastIndex((other) => !isRow(other)) + 1;
      return cellsOf(line) === cellsOf(lines[first] ?? '') ? [] : [`${cellsOf(line)} cells: ${line}`];
    });
    expect(broken).toEqual([]);
  });

  it('links only to existing files', () => {
    const links = [...lines.join('\n').matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '');
    const files = links.filter((link) => !/^(https?:|mailto:|#)/.test(link)).map((link) => link.replace(/#.*$/, ''));
    expect(files.filter((file) => !existsSync(join(root, dirname(page), file)))).toEqual([]);
  });
});
