import { readFileSync } from 'node:fs';
import { type Application, MinimalSourceFile, type Models } from 'typedoc';
import { inRepository } from './repository.ts';
import { PACKAGES } from './site-map.ts';

/** Shows the README of each package on the page of its main entry, to which links to the README or the folder lead. */
export function addReadmes(app: Application, project: Models.ProjectReflection): void {
  for (const folder of PACKAGES) {
    const entry = entryNamed(project, `@st/${folder.replace('packages/', '')}`);
    const file = inRepository(folder, 'README.md');
    const text = readFileSync(file, 'utf8').replace(/^# .*\n/, ''); // the page has a title
    entry.readme = app.converter.parseRawComment(new MinimalSourceFile(text, file), project.files).content;
    for (const path of [file, inRepository(folder)]) project.files.registerReflectionPath(path, entry);
  }
}

/** The page of an entry, by what programs import: `@st/losses/kit`. */
export function entryNamed(project: Models.ProjectReflection, specifier: string): Models.DeclarationReflection {
  const entry = project.children?.find(({ name }) => name === specifier);
  if (entry === undefined) throw new Error(`TypeDoc has no entry ${specifier}; does typedoc.json list it?`);
  return entry;
}
