import { Models } from 'typedoc';

/** Names each guide for its first heading, which TypeDoc would name for its file: five are called README. */
export function nameGuides(project: Models.ProjectReflection): void {
  for (const guide of project.documents ?? []) guide.name = titleOf(guide.content);
}

/** The first heading of a page. */
export function titleOf(content: readonly Models.CommentDisplayPart[]): string {
  const [, title] = /^# (.+)$/m.exec(Models.Comment.combineDisplayParts(content)) ?? [];
  if (title === undefined) throw new Error('A page of the site must begin with a heading: # Title');
  return title;
}
