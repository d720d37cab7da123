// Prints the C++ sources for binding.gyp: `kernels` (compiled once for each instruction set) or `plain` (compiled once).
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));

/** All C++ sources below `native/` except tests, as paths relative to the package, sorted. */
export function listSources() {
  return readdirSync(join(root, 'native'), { recursive: true })
    .map((path) => `native/${String(path).replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.cc') && !/^native\/(test|wasm)\//.test(path))
    .sort();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const wanted = process.argv[2] === 'kernels';
  for (const path of listSources()) if (path.endsWith('.kernels.cc') === wanted) console.log(path);
}
