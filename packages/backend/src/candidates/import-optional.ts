/** The exports of an optional package, or why it could not be imported. */
export type Imported<T> = { readonly exports: T } | { readonly why: string };

/**
 * Imports an optional package by a name that bundlers cannot resolve. To have an installed package bundled, write `import` with a literal name
 * in a `try`, and `notImported` in its `catch`: without the `try`, webpack and esbuild fail if the package is not installed.
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

/** Whether the package itself is missing. Node, Deno, Vite and other bundlers word this error differently. */
function isMissing(error: unknown, name: string): boolean {
  const line = firstLine(error);
  return (
    /(cannot|could not) find (module|package)|could not resolve|failed to resolve/i.test(line) &&
    FIRST_QUOTED.exec(line)?.[1] === name
  );
}

/** Matches the first quoted name, which is the missing package; the second one is the importing module. */
const FIRST_QUOTED = /['"]([^'"]+)['"]/;

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n', 1)[0] ?? '';
}
