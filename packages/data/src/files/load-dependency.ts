import { DataFormatError } from '@st/core';
import type { Where } from '@st/core/kit';
import { nodeModule } from '@st/core/node';

/** The modules of the packages that are loaded here. */
type Dependencies = {
  readonly sharp: typeof import('sharp').default;
  readonly yauzl: typeof import('yauzl');
};

/**
 * Loads a dependency that needs Node at run time, because bundlers for browsers fail at an `import` of it.
 * @throws {DataFormatError} if it cannot be loaded, for example `sharp` without binaries for this machine.
 */
export function loadDependency<Name extends keyof Dependencies>(where: Where, name: Name): Dependencies[Name] {
  try {
    return nodeModule('node:module').createRequire(import.meta.url)(name) as Dependencies[Name];
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    throw new DataFormatError(
      `${where}: the package ${name} cannot be loaded: ${reason}. Install it for this machine, optional dependencies included: npm install --include=optional ${name}`,
      { argument: name, cause },
    );
  }
}
