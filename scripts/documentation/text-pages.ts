import { readFileSync } from 'node:fs';
import { entryNamed } from './add-readmes.ts';
import type { Site } from './build-site.ts';
import { firstSentence } from './first-sentence.ts';
import { markdownOfParts, markdownUrl } from './markdown-of-parts.ts';
import { titleOf } from './name-guides.ts';
import { entryText } from './package-text.ts';
import { inRepository, pageOf } from './repository.ts';
import { HOME, SECTIONS } from './site-map.ts';

/** A guide, a program, or a package with all that it exports, in Markdown. */
export type TextPage = {
  readonly title: string;
  /** The section of the navigation that lists it. */
  readonly section: string;
  /** One sentence. */
  readonly description: string;
  /** From the root of the site. */
  readonly url: string;
  readonly text: string;
};

/**
 * All that the navigation lists, in its order.
 * @param place - The file that will hold the texts, from the root of the site, if not each its own: links are relative to it.
 */
export function textPages(site: Site, place?: string): TextPage[] {
  return SECTIONS.flatMap(({ title: section, entries }) =>
    entries.map((entry) => {
      const page = entry.startsWith('packages/') && !entry.endsWith('.md') ? packagePage : guidePage;
      return { section, ...page(site, entry, place) };
    }),
  );
}

function guidePage(site: Site, file: string, place: string | undefined): Omit<TextPage, 'section'> {
  const page = pageOf(file, site.project);
  if (!(page.isDocument() || page.isProject())) throw new Error(`${file} is not a document.`);
  const content = page.isDocument() ? page.content : (page.readme ?? []);
  const url = markdownUrl(file === HOME ? 'index.html' : site.router.getFullUrl(page));
  const text = markdownOfParts(site, content, place ?? url);
  const description = firstSentence(file.endsWith('.ts') ? headComment(file) : text);
  return { title: titleOf(content), description, url, text };
}

/** The comment at the head of a program. */
function headComment(file: string): string {
  const lines = readFileSync(inRepository(file), 'utf8').split('\n');
  const end = lines.findIndex((line) => !line.startsWith('// '));
  return lines
    .slice(0, end)
    .map((line) => line.slice('// '.length))
    .join(' ');
}

function packagePage(site: Site, folder: string, place: string | undefined): Omit<TextPage, 'section'> {
  const { name, description } = JSON.parse(readFileSync(inRepository(folder, 'package.json'), 'utf8'));
  const main = entryNamed(site.project, name);
  const url = markdownUrl(site.router.getFullUrl(main));
  const entries = (site.project.children ?? []).filter((entry) => entry === main || entry.name.startsWith(`${name}/`));
  const readme = markdownOfParts(site, main.readme ?? [], place ?? url).trim();
  return {
    title: name,
    description,
    url,
    text: [`# ${name}`, readme, ...entries.map((entry) => entryText(site, entry, place ?? url))].join('\n\n'),
  };
}
