// Built modules, cached for later installations with the same sources, each under the name KEY-DIGEST.node. A file whose contents
// do not match its name is damaged and is removed.
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

/** Not `modules`, where earlier versions stored files without digests. */
const folder = () => join(cacheFolder(), 'modules-by-digest');

/** The module stored under a key as `{ bytes, path }`; `{ refused }` says why a stored one was rejected. */
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

/** Stores a module; failure is ignored. */
export function store(key, bytes) {
  try {
    mkdirSync(folder(), { recursive: true, mode: 0o700 });
    if (whyUntrusted(folder())) return;
    const path = join(folder(), `${key}-${digestOf(bytes)}.node`);
    // Another installation may do the same concurrently: the name appears only when the file is complete.
    const partial = `${path}.${process.pid}`;
    writeFileSync(partial, bytes, { mode: 0o755 });
    chmodSync(partial, 0o755);
    renameSync(partial, path);
  } catch {}
}
