/** The code of errors for out of memory, here and in `@st/backend-native`. */
const CODE = 'ERR_MEMORY_ALLOCATION_FAILED';

/** The error for out of memory: `what` says who wanted how much. */
export function shortage(what: string, mostBytes: number): Error {
  const most = `${Math.floor(mostBytes / 2 ** 20)} MiB`;
  const remedy =
    `WebAssembly's memory holds at most ${most} here: take a smaller batch or network, dispose of tensors that are not needed, ` +
    'or in Node use @st/backend-native';
  return Object.assign(new Error(`${what}. ${remedy}.`), { code: CODE });
}

export function isShortage(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === CODE;
}
