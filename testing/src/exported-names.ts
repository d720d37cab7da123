import { readFileSync } from 'node:fs';

/** The names that an entry of a package exports. */
export type ExportedNames = { readonly values: readonly string[]; readonly types: readonly string[] };

const EXPORT = /^export (type )?\{([^}]*)\} from '[^']+';$/gm;

/**
 * Reads the export lists of an entry from its text, because types do not exist at run time.
 * @param entry - `new URL('./index.ts', import.meta.url)`; its exports are all of the form `export { a, type B } from './file.ts'`.
 * @returns Both lists sorted.
 * @throws {Error} for an export of another form.
 */
export function exportedNames(entry: URL): ExportedNames {
  const text = readFileSync(entry, 'utf8');
  const other = /^export .*$/m.exec(text.replace(EXPORT, ''))?.[0];
  if (other !== undefined)
    throw new Error(`${entry.pathname} must list its exports, export { a } from '...', got: ${other}`);
  const names = [...text.matchAll(EXPORT)].flatMap(([, isType, list = '']) =>
    list
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '')
      .map((name) => ({ name: name.replace(/^type /, ''), isType: Boolean(isType) || name.startsWith('type ') })),
  );
  const sorted = (isType: boolean): string[] =>
    names
      .filter((found) => found.isType === isType)
      .map(({ name }) => name)
      .sort();
  return { values: sorted(false), types: sorted(true) };
}
