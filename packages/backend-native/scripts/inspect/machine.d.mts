/** `linux`, `darwin` or `win32`, and `x64` or `arm64` (undefined for others); undefined if the bytes are no shared library of these systems. */
export function machineOf(bytes: Buffer): { readonly os: string; readonly cpu: string | undefined } | undefined;
