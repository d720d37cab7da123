/** An optional package's exports, or why there are none. */
export type Imported<T> = { readonly exports: T } | { readonly why: string };

/**
 * Imports a package that need not be there, by a name that bundlers do not see. One that they are to bundle where it is installed is
 * imported by a literal name in a `try` of its own, with `notImported` in its `catch`: without the `try`, webpack and esbuild end with an
 * error where it is not installed.
 */
export async function importOptional<T>(name: string): Promise<Imported<T>> {
  try {
    return { exports: await import(/* @vite-ignore */ /* webpackIgnore: true */ name) };
  } catch (error) {
    return notImported(name, error);
  }
}

/** Why a package could not be imported. */
export function notImported(name: string, error: unknown): { readonly why: string } {
  return { why: isMissing(error, name) ? 'not installed' : `failed to load: ${firstLine(error)}` };
}

/** Node, Vite and other bundlers each have words of their own for a package that they cannot find. */
function isMissing(error: unknown, name: string): boolean {
  const line = firstLine(error);
  return (
    /cannot find (module|package)|could not resolve|failed to resolve/i.test(line) && NAMED.exec(line)?.[1] === name
  );
}

/** The first name in quotes is the package looked for, the second the one that looks. */
const NAMED = /['"]([^'"]+)['"]/;

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n', 1)[0] ?? '';
}
