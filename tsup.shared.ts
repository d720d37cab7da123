import { defineConfig, type Options } from 'tsup';

type TsupConfig = ReturnType<typeof defineConfig>;

/** The one build every package uses: ESM for Node 20 and browsers, types and source maps; everything imported stays external. */
export function library(entry: string[], overrides: Options = {}): TsupConfig {
  return defineConfig({
    entry,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    dts: { compilerOptions: { paths: {}, noEmit: false, composite: false } },
    sourcemap: true,
    clean: true,
    treeshake: true,
    external: [/^node:/],
    removeNodeProtocol: false, // `node:fs` stays what it says, so that bundlers for browsers need not guess
    ...overrides,
  });
}
