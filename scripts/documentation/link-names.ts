import { Models } from 'typedoc';

const ARXIV = /arXiv (\d{4}\.\d{5})/g;

/** Links `names` in code to their documentation, in guides and comments alike, and papers in comments to arXiv. */
export function linkNames(project: Models.ProjectReflection): void {
  const targets = namesOf(project);
  for (const reflection of Object.values(project.reflections)) {
    if (reflection.isDocument()) linkCode(reflection.content, targets, new Set());
    else if (reflection.isDeclaration() || reflection.isProject())
      linkCode(reflection.readme ?? [], targets, new Set());
    const own = ownNames(reflection);
    for (const parts of [
      reflection.comment?.summary ?? [],
      ...(reflection.comment?.blockTags ?? []).map(({ content }) => content),
    ]) {
      linkCode(parts, targets, own);
      for (const part of parts)
        if (part.kind === 'text') part.text = part.text.replace(ARXIV, '[$&](https://arxiv.org/abs/$1)');
    }
  }
}

/** All exported names; those of main entries come before those of second ones. */
function namesOf(project: Models.ProjectReflection): Map<string, Models.DeclarationReflection> {
  const entries = [...(project.children ?? [])].sort((a, b) => a.name.split('/').length - b.name.split('/').length);
  const exported = entries
    .flatMap((entry) => [entry, ...(entry.children ?? [])])
    .filter((child) => !child.isReference());
  return new Map(exported.reverse().map((child) => [child.name, child]));
}

/** The names that mean something else in a comment: the reflection itself, its parameters, its members. */
function ownNames(reflection: Models.Reflection): ReadonlySet<string> {
  const names = new Set([reflection.name]);
  reflection.traverse((child) => {
    names.add(child.name);
  });
  for (const sibling of reflection.parent?.isDeclaration() ? (reflection.parent.children ?? []) : [])
    if (!reflection.parent?.kindOf(Models.ReflectionKind.Module)) names.add(sibling.name);
  return names;
}

function linkCode(
  parts: Models.CommentDisplayPart[],
  targets: ReadonlyMap<string, Models.DeclarationReflection>,
  own: ReadonlySet<string>,
): void {
  parts.forEach((part, i) => {
    const name = part.kind === 'code' ? /^`([^`]+)`$/.exec(part.text)?.[1] : undefined;
    const target = name === undefined || own.has(name) ? undefined : targets.get(name);
    if (name === undefined || target === undefined || isInLinkOrHeading(parts.slice(0, i))) return;
    parts[i] = { kind: 'inline-tag', tag: '@linkcode', text: name, target };
  });
}

/** Whether text after these parts belongs to the text of a link, or to a heading. */
function isInLinkOrHeading(before: readonly Models.CommentDisplayPart[]): boolean {
  const line = Models.Comment.combineDisplayParts(before.slice(-8)).split('\n').at(-1) ?? '';
  return line.startsWith('#') || line.lastIndexOf('[') > line.lastIndexOf(']');
}
