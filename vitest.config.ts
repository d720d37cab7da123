import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Packages resolve to their sources, so that tests need no build. */
const alias = [
  { find: /^@st\/testing$/, replacement: source('testing/src/index.ts') },
  { find: /^@st\/core\/gradients$/, replacement: source('packages/core/src/gradients/index.ts') },
  { find: /^@st\/([a-z-]+)\/(kit|node|parts|report)$/, replacement: source('packages/$1/src/$2.ts') },
  { find: /^@st\/([a-z-]+)$/, replacement: source('packages/$1/src/index.ts') },
];

/** One project a back end: every test runs on each. A file that touches no tensor is named `*.pure.test.ts` and runs once. */
const onBackend = (name: string) => ({
  resolve: { alias },
  test: {
    name,
    env: { ST_TEST_BACKEND: name },
    include: ['{packages,conformance,apps,examples,testing,benchmarks}/**/*.test.ts'],
    exclude: [
      ...['**/node_modules/**', '**/dist/**', '**/*.pure.test.ts'],
      ...(name === 'native' || name === 'st-wasm' ? [] : ['packages/backend-native/**']),
    ],
    setupFiles: [source('testing/src/setup.ts')],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});

/** The native module is there where it is prebuilt, or where installing found a compiler; without it there is nothing to test. */
const nativeModule = ['packages/backend-native/prebuilds', 'packages/backend-native/build/Release/st_native.node']
  .map(source)
  .find((path) => existsSync(path));
if (!nativeModule)
  process.stderr.write('The tests leave out the native back end: its module is not built (no C++ compiler?).\n');

const config: ViteUserConfig = defineConfig({
  test: {
    projects: [
      onBackend('cpu'),
      onBackend('wasm'),
      onBackend('st-wasm'),
      ...(nativeModule ? [onBackend('native')] : []),
      {
        resolve: { alias },
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
