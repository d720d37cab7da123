import { fileURLToPath } from 'node:url';

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

type Alias = { readonly find: RegExp; readonly replacement: string };

/** Makes Vite resolve packages to their sources, so that nothing has to be built first. */
export const SOURCE_ALIASES: readonly Alias[] = [
  { find: /^@st\/testing$/, replacement: source('testing/src/index.ts') },
  { find: /^@st\/core\/gradients$/, replacement: source('packages/core/src/gradients/index.ts') },
  { find: /^@st\/([a-z-]+)\/(kit|node|parts|report)$/, replacement: source('packages/$1/src/$2.ts') },
  { find: /^@st\/([a-z-]+)$/, replacement: source('packages/$1/src/index.ts') },
];

/** The same for a browser's bundle: two packages have entries of their own there. */
export const BROWSER_SOURCE_ALIASES: readonly Alias[] = [
  { find: /^@st\/(backend-native|backend-wasm)$/, replacement: source('packages/$1/src/browser.ts') },
  ...SOURCE_ALIASES,
];
