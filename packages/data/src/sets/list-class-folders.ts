import { DataFormatError } from '@st/core';
import type { Where } from '@st/core/kit';
import { nodeModule } from '@st/core/node';

import { IMAGE_EXTENSIONS, OTHER_IMAGE_EXTENSIONS } from '../files/image-format.ts';

/** The images of a class, by name. */
export type ClassFolder = { readonly name: string; readonly folder: string; readonly files: readonly string[] };

/**
 * The folders in `dir`, each with the names of its images, both in the order of their code units, which is the same on every machine. Links are
 * followed; names that start with a dot are ignored.
 * @param mend - How such a folder is made, added to messages.
 * @throws {DataFormatError} for fewer than two folders, one without images, or one with images of a format that is not read.
 */
export async function listClassFolders(where: Where, dir: string, mend: string): Promise<readonly ClassFolder[]> {
  const { extname, join } = nodeModule('node:path');
  const refuse = (what: string, received: string): never => {
    throw new DataFormatError(`${where}: ${what}. ${mend}`, { argument: 'dir', received });
  };
  const names = await list(dir, 'folder', refuse);
  if (names.length < 2) refuse(`${dir} must hold at least two folders, one a class, got ${names.length}`, dir);
  const classes: ClassFolder[] = [];
  for (const name of names) {
    const folder = join(dir, name);
    const all = await list(folder, 'file', refuse);
    const has = (extensions: readonly string[]) => (file: string) => extensions.includes(extname(file).toLowerCase());
    const other = all.find(has(OTHER_IMAGE_EXTENSIONS));
    if (other !== undefined) {
      refuse(
        `${join(folder, other)} is of a format that is not read: convert it to PNG, which keeps every value, or take it out`,
        other,
      );
    }
    const files = all.filter(has(IMAGE_EXTENSIONS));
    if (files.length === 0) refuse(`${folder} holds no images`, folder);
    classes.push({ name, folder, files });
  }
  return classes;
}

type Refuse = (what: string, received: string) => never;

async function list(folder: string, kind: 'folder' | 'file', refuse: Refuse): Promise<string[]> {
  const { readdir, stat } = nodeModule('node:fs/promises');
  const { join } = nodeModule('node:path');
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) =>
    refuse(`${folder} cannot be listed: ${cause instanceof Error ? cause.message : String(cause)}`, folder),
  );
  const names: string[] = [];
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const status = entry.isSymbolicLink() ? await stat(join(folder, entry.name)).catch(() => null) : entry;
    if (kind === 'folder' ? status?.isDirectory() : status?.isFile()) names.push(entry.name);
  }
  return names.sort();
}
