import { fileURLToPath } from 'node:url';
import { defineConfig, type UserConfig } from 'vite';

import { BROWSER_SOURCE_ALIASES } from '../source-aliases.ts';

/** Bundles the page of src/browser, for scripts/check-browsers.mjs. Addresses are relative: the same files are served under several paths. */
const config: UserConfig = defineConfig({
  root: fileURLToPath(new URL('src/browser', import.meta.url)),
  base: './',
  logLevel: 'warn',
  resolve: { alias: [...BROWSER_SOURCE_ALIASES] },
  worker: { format: 'es' },
  build: { target: 'es2022', minify: false, emptyOutDir: true, chunkSizeWarningLimit: 10_000 },
});

export default config;
