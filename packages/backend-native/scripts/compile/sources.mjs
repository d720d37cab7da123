// The C++ sources of the native module, and a hash of all of them.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The package's folder. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** Tests, and the host for WebAssembly, are not part of the module. */
const LEFT_OUT = /^(test|wasm)\//;

/** Files below `native/` that match, as paths relative to the package, sorted. */
function filesOf(pattern) {
  return readdirSync(join(root, 'native'), { recursive: true })
    .map((path) => String(path).replaceAll('\\', '/'))
    .filter((path) => pattern.test(path) && !LEFT_OUT.test(path))
    .map((path) => `native/${path}`)
    .sort();
}

/** `kernels` are compiled once for each instruction set, `plain` sources once. */
export function listSources() {
  const all = filesOf(/\.cc$/);
  const isKernels = (path) => path.endsWith('.kernels.cc');
  return { kernels: all.filter(isKernels), plain: all.filter((path) => !isKernels(path)) };
}

/** The first 16 hex digits of the SHA-256 of every source, of the scripts that compile them and of the compiler's version. */
export function sourceHash() {
  const scripts = ['compile-module', 'compilers', 'cxx-runtime', 'platforms'].map(
    (name) => `scripts/compile/${name}.mjs`,
  );
  const hash = createHash('sha256');
  for (const path of [...filesOf(/\.(cc|h)$/), ...scripts, 'scripts/toolchain/package-lock.json']) {
    hash.update(path).update(readFileSync(join(root, path)));
  }
  return hash.digest('hex').slice(0, 16);
}
