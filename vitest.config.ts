import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

import { SOURCE_ALIASES } from './source-aliases.ts';

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Tests of Node-API's side of the native module. */
const OF_THE_ADDON = ['addon', 'exports', 'hostile-arguments', 'hostile-calls', 'worker-threads'];

/** Tests that a back end leaves out: those of other back ends. */
const LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
  cpu: ['packages/backend-native/**', 'packages/backend-wasm/**'],
  wasm: ['packages/backend-native/**', 'packages/backend-wasm/**'],
  native: ['packages/backend-wasm/**'],
  'st-wasm': OF_THE_ADDON.map((name) => `packages/backend-native/src/${name}.test.ts`),
};

/**
 * One project a back end: every test runs on each. A file that touches no tensor is named `*.pure.test.ts` and runs once.
 * A worker imports TensorFlow.js and starts the back end once for all its files: `isolate` would do it anew for each file,
 * which takes twice as long as the tests themselves.
 */
const onBackend = (name: string) => ({
  resolve: { alias: [...SOURCE_ALIASES] },
  test: {
    name,
    env: { ST_TEST_BACKEND: name },
    isolate: false,
    include: ['{packages,conformance,apps,examples,testing,benchmarks}/**/*.test.ts'],
    exclude: [...['**/node_modules/**', '**/dist/**', '**/*.pure.test.ts'], ...(LEFT_OUT[name] ?? [])],
    setupFiles: [source('testing/src/setup.ts')],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});

/** Installing builds the native module; where that failed there is nothing to test. */
const nativeModule =
  process.env.ST_NATIVE_ADDON !== undefined || existsSync(source('packages/backend-native/build/st_native.node'));
if (!nativeModule) process.stderr.write('The tests leave out the native back end: its module is not built.\n');

const wasmModules = existsSync(source('packages/backend-wasm/modules/source-key.txt'));
if (!wasmModules)
  process.stderr.write('The tests leave out st-wasm: its modules are not built (npm test -- modules).\n');

const config: ViteUserConfig = defineConfig({
  test: {
    maxWorkers: '100%',
    projects: [
      onBackend('cpu'),
      onBackend('wasm'),
      ...(wasmModules ? [onBackend('st-wasm')] : []),
      ...(nativeModule ? [onBackend('native')] : []),
      {
        resolve: { alias: [...SOURCE_ALIASES] },
        test: {
          name: 'pure',
          include: ['{packages,conformance,apps,examples,testing,benchmarks,scripts}/**/*.pure.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**'],
          setupFiles: [source('testing/src/fail-on-console.ts')],
          testTimeout: 120_000,
        },
      },
    ],
  },
});

export default config;
