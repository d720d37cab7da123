// Finds programs on this machine.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Path of the first of the programs that exists, each a path or a name in PATH; undefined if none does. */
export function findProgram(names, environment = process.env) {
  const folders = (environment.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const paths = names.flatMap((name) => (/[\\/]/.test(name) ? [name] : folders.map((folder) => join(folder, name))));
  return paths.find((path) => existsSync(path));
}
