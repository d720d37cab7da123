import { Models } from 'typedoc';

/** Leaves out the mark `readonly` of members: all members of all types are, and it would stand before each. */
export function leaveOutReadonly(project: Models.ProjectReflection): void {
  for (const member of project.getReflectionsByKind(Models.ReflectionKind.Property))
    member.setFlag(Models.ReflectionFlag.Readonly, false);
}
