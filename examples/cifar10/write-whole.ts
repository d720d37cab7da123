import { renameSync, writeFileSync } from 'node:fs';

/** Writes a file beside its place and renames it there: a kill leaves the old one or the new one. */
export function writeWhole(path: string, content: string): void {
  writeFileSync(`${path}.partial`, content);
  renameSync(`${path}.partial`, path);
}
