import { Models } from 'typedoc';
import { categoryOf, TYPES } from './categories.ts';
import { fromRepository } from './repository.ts';

/** Gives each exported name its category, by the file that declares it. */
export function categorize(project: Models.ProjectReflection): void {
  for (const entry of project.children ?? [])
    for (const exported of entry.children ?? []) {
      const file = exported.sources?.[0]?.fullFileName;
      if (file === undefined) continue;
      const category = exported.kindOf(Models.ReflectionKind.SomeType) ? TYPES : categoryOf(fromRepository(file));
      exported.comment ??= new Models.Comment();
      exported.comment.blockTags.push(new Models.CommentTag('@category', [{ kind: 'text', text: category }]));
    }
}
