import type { Models } from 'typedoc';

/** Names entries for what programs import, where TypeDoc names them for their files: `losses/src/kit` becomes `@st/losses/kit`. */
export function nameEntries(project: Models.ProjectReflection): void {
  for (const entry of project.children ?? []) entry.name = specifierOf(entry.name);
}

/** The specifier of an entry, from its path without `packages/` and the extension. */
export function specifierOf(path: string): string {
  const [, name, file = ''] = /^(?:packages\/)?([^/]+)\/src\/?(.*)$/.exec(path) ?? [];
  if (name === undefined) throw new Error(`An entry is at packages/NAME/src, got: ${path}`);
  return ['@st', name, file.replace(/\/?index$/, '')].filter((part) => part !== '').join('/');
}
