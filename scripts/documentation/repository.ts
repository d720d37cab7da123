import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Models, normalizePath } from 'typedoc';

/** A path as TypeDoc writes it. */
export type Path = ReturnType<typeof normalizePath>;

/** The absolute path of a file of the repository. */
export const inRepository = (...path: readonly string[]): Path =>
  normalizePath(join(fileURLToPath(new URL('../../', import.meta.url)), ...path));

/** The path of a file from the root of the repository. */
export const fromRepository = (file: string): string => relative(inRepository(), file);

/** The page that links to a file of the repository lead to. */
export function pageOf(path: string, project: Models.ProjectReflection): Models.Reflection {
  const { target } = project.files.registerAbsolute(inRepository(path));
  const page = project.files.resolve(target, project);
  if (typeof page !== 'object') throw new Error(`${path} has no page.`);
  return page;
}
