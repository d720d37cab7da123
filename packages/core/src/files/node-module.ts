import { InvalidArgumentError } from '../errors/errors.ts';

/** The modules of Node for files and processes, by import name. */
type NodeModules = {
  readonly 'node:crypto': typeof import('node:crypto');
  readonly 'node:fs': typeof import('node:fs');
  readonly 'node:fs/promises': typeof import('node:fs/promises');
  readonly 'node:module': typeof import('node:module');
  readonly 'node:os': typeof import('node:os');
  readonly 'node:path': typeof import('node:path');
  readonly 'node:stream': typeof import('node:stream');
  readonly 'node:util': typeof import('node:util');
  readonly 'node:zlib': typeof import('node:zlib');
};

/** Whether built-in modules of Node are available: in Node >= 20.16, Bun and Deno. */
export function hasNodeModules(): boolean {
  return typeof process !== 'undefined' && typeof process.getBuiltinModule === 'function';
}

/**
 * Loads a built-in module of Node at run time. An `import`, even a dynamic one, would make every browser bundler except Vite fail.
 * @throws {InvalidArgumentError} in a browser.
 */
export function nodeModule<Name extends keyof NodeModules>(name: Name): NodeModules[Name] {
  if (hasNodeModules()) return process.getBuiltinModule(name) as NodeModules[Name];
  throw new InvalidArgumentError(
    `[@st/core] nodeModule: '${name}' needs Node (>= 20.19), Bun or Deno. In a browser pass bytes in place of paths, and a CheckpointStore in place of a folder.`,
    { argument: 'name', received: name },
  );
}
