// Built modules kept for the next installation of the same sources, each under the name KEY-DIGEST.node: a file whose content is not
// what its name says is damaged, and removed.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, digestOf, whyUntrusted } from './module-file.mjs';

/** Not `modules`, where earlier versions kept files without digests. */
const folder = () => join(cacheFolder(), 'modules-by-digest');

/** The module stored under a key as `{ bytes, path }`; `{ refused }` says why what is there was not taken. */
export function findStored(key) {
  if (!existsSync(folder())) return {};
  const untrusted = whyUntrusted(folder());
  if (untrusted) return { refused: untrusted };
  let refused;
  for (const name of readdirSync(folder())) {
    if (!name.startsWith(`${key}-`) || !name.endsWith('.node')) continue;
    const path = join(folder(), name);
    refused = whyUnusable(path, name, key);
    if (!refused) return { bytes: readFileSync(path), path };
    remove(path);
  }
  return { refused };
}

function whyUnusable(path, name, key) {
  try {
    const untrusted = whyUntrusted(path);
    if (untrusted) return untrusted;
    return name === `${key}-${digestOf(readFileSync(path))}.node` ? undefined : `${path} is damaged`;
  } catch (error) {
    return error.message;
  }
}

function remove(path) {
  try {
    rmSync(path, { force: true, recursive: true });
  } catch {}
}

/** Keeps a module; one that cannot be kept is no loss. */
export function store(key, bytes) {
  try {
    mkdirSync(folder(), { recursive: true, mode: 0o700 });
    if (whyUntrusted(folder())) return;
    const path = join(folder(), `${key}-${digestOf(bytes)}.node`);
    // Another installation may do the same now: the name appears when the file is whole.
    const partial = `${path}.${process.pid}`;
    writeFileSync(partial, bytes, { mode: 0o755 });
    chmodSync(partial, 0o755);
    renameSync(partial, path);
  } catch {}
}
