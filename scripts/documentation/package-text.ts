import { Models } from 'typedoc';
import type { Site } from './build-site.ts';
import { declarationText } from './declaration-text.ts';
import { markdownOfParts } from './markdown-of-parts.ts';

/** The names that an entry exports in Markdown: what each does, its declaration, and what it throws, its example and its source. */
export function entryText(site: Site, entry: Models.DeclarationReflection, url: string): string {
  const names = [...(entry.children ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1));
  return [`## Exports of ${entry.name}`, ...names.map((exported) => exportText(site, exported, url))].join('\n\n');
}

function exportText(site: Site, exported: Models.DeclarationReflection, url: string): string {
  const declared = exported.isReference() ? exported.getTargetReflectionDeep() : exported;
  if (!(declared instanceof Models.DeclarationReflection))
    throw new Error(`${exported.getFullName()} has no declaration.`);
  const comment = declared.signatures?.[0]?.comment ?? declared.comment;
  const path = declared.sources?.[0]?.fullFileName;
  const declaration = path === undefined ? undefined : declarationText(path, declared.name);
  return [
    `### ${exported.name}`,
    markdownOfParts(site, comment?.summary ?? [], url).trim(),
    declaration === undefined ? '' : fenced(declaration),
    ...(comment?.blockTags ?? []).map((tag) => tagText(tag, markdownOfParts(site, tag.content, url).trim())),
  ]
    .filter((text) => text !== '')
    .join('\n\n');
}

function tagText({ tag }: Models.CommentTag, content: string): string {
  if (tag === '@category') return '';
  if (tag === '@example') return content.includes('```') ? content : fenced(content);
  return `${TITLES[tag] ?? tag}: ${content}`;
}

const TITLES: Readonly<Record<string, string>> = { '@throws': 'Throws', '@returns': 'Returns', '@see': 'Source' };

const fenced = (code: string): string => `\`\`\`ts\n${code}\n\`\`\``;
