// A hash of all sources of the native module, so that an unchanged one is not built again.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));

/** The first 16 hex digits of the SHA-256 of binding.gyp and of every source below `native/`. */
export function sourceHash() {
  const hash = createHash('sha256');
  const sources = readdirSync(join(root, 'native'), { recursive: true })
    .map(String)
    .filter((path) => /\.(cc|h)$/.test(path) && !/^(test|wasm)\b/.test(path))
    .sort();
  for (const path of ['binding.gyp', ...sources.map((path) => join('native', path))]) {
    hash.update(path.replaceAll('\\', '/')).update(readFileSync(join(root, path)));
  }
  return hash.digest('hex').slice(0, 16);
}
