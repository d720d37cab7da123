import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Site } from './build-site.ts';
import { inRepository } from './repository.ts';
import { type TextPage, textPages } from './text-pages.ts';

/** Sections that llms.txt calls optional: a reader with little room may skip them. */
const OPTIONAL: readonly string[] = ['Project'];

/** Writes each guide and package in Markdown beside its page, `llms.txt`, which lists them, and `llms-full.txt`, which holds them all. */
export function writeLlms(site: Site): void {
  const pages = textPages(site);
  const { name, description } = JSON.parse(readFileSync(inRepository('package.json'), 'utf8'));
  for (const { url, text } of pages) write(site, url, text);
  write(site, 'llms.txt', [`# @${name}`, `> ${description}`, ...listOf(pages)].join('\n\n'));
  write(
    site,
    'llms-full.txt',
    [`# @${name}`, `> ${description}`, ...textPages(site, 'llms-full.txt').map(({ text }) => text)].join('\n\n'),
  );
}

/** https://llmstxt.org: a heading for each section, a line for each page. */
function listOf(pages: readonly TextPage[]): string[] {
  const sections = [...new Set(pages.map(({ section }) => section))];
  return sections.map((section) => {
    const lines = pages
      .filter((page) => page.section === section)
      .map(({ title, url, description }) => `- [${title}](${url}): ${description}`);
    return [`## ${OPTIONAL.includes(section) ? 'Optional' : section}`, ...lines].join('\n');
  });
}

function write({ folder }: Site, url: string, text: string): void {
  const file = join(folder, url);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${text.trim()}\n`);
}
