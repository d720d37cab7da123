import { InvalidArgumentError } from '../errors/errors.ts';

/** The modules of Node that touch files and processes, by the names that imports give them. */
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

/** Whether built-in modules of Node can be had: under Node >= 20.16, Bun and Deno. */
export function hasNodeModules(): boolean {
  return typeof process !== 'undefined' && typeof process.getBuiltinModule === 'function';
}

/**
 * A built-in module of Node, got at run time: an `import` of it, dynamic ones included, would stop every bundler for browsers but Vite's.
 * @throws {InvalidArgumentError} in a browser, where there is none.
 */
export function nodeModule<Name extends keyof NodeModules>(name: Name): NodeModules[Name] {
  if (hasNodeModules()) return process.getBuiltinModule(name) as NodeModules[Name];
  throw new InvalidArgumentError(
    `[@st/core] nodeModule: '${name}' needs Node (>= 20.19), Bun or Deno. In a browser pass bytes in place of paths, and a CheckpointStore in place of a folder.`,
    { argument: 'name', received: name },
  );
}
