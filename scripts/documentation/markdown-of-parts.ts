import { posix } from 'node:path';
import type { Models } from 'typedoc';
import type { Site } from './build-site.ts';

/** The file that holds the same text as a page of the site, in Markdown. */
export const markdownUrl = (url: string): string => `${url}.md`;

/**
 * Markdown of a guide, a README or a comment, with links that lead to the site.
 * @param url - Where the text will be, from the root of the site.
 */
export function markdownOfParts(
  { router, project }: Site,
  parts: readonly Models.CommentDisplayPart[],
  url: string,
): string {
  const relative = (target: string): string => posix.relative(posix.dirname(url), target);
  const pageOf = (target: Models.Reflection): string => {
    if (target.isProject()) return relative(markdownUrl('index.html'));
    const page = router.getFullUrl(target);
    const isSourceFile = target.isDocument() && target.parent?.isDocument() === true;
    return relative(isSourceFile ? page : markdownUrl(page));
  };
  return parts
    .map((part) => {
      if (part.kind === 'relative-link') {
        const target = part.target === undefined ? undefined : project.files.resolve(part.target, project);
        if (typeof target === 'object') return pageOf(target) + (part.targetAnchor ? `#${part.targetAnchor}` : '');
        return part.target === undefined ? part.text : relative(`media/${project.files.getName(part.target)}`);
      }
      if (part.kind !== 'inline-tag') return part.text;
      return part.tag === '@linkcode' ? `\`${part.text}\`` : part.text;
    })
    .join('');
}
