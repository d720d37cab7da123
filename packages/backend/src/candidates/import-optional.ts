/** An optional package's exports, or why there are none. */
export type Imported<T> = { readonly exports: T } | { readonly why: string };

/** Imports a package that need not be there: `load` holds the import expression, `name` is what it imports. */
export async function importOptional<T>(name: string, load: () => Promise<T>): Promise<Imported<T>> {
  try {
    return { exports: await load() };
  } catch (error) {
    return { why: isMissing(error, name) ? 'not installed' : `failed to load: ${firstLine(error)}` };
  }
}

function isMissing(error: unknown, name: string): boolean {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') && firstLine(error).includes(`'${name}'`);
}

/** The first line of an error's message. */
export function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n', 1)[0] ?? '';
}
