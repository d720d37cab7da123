/** What the WebAssembly modules export (native/wasm of @st/backend-native). */
export type ModuleExports = {
  readonly __wasm_call_ctors: () => void;
  readonly __wasm_init_tls: (block: number) => void;
  readonly __stack_pointer: WebAssembly.Global;
  readonly __tls_size: WebAssembly.Global;
  readonly __tls_align: WebAssembly.Global;
  /** The size in bytes to which the memory may grow. */
  readonly setMemoryLimit: (bytes: number) => void;
  /** 0 on a thread that must not block: a page's main thread. */
  readonly setMayBlock: (mayBlock: 0 | 1) => void;
  readonly setCoreCount: (cores: number) => void;
  readonly initialize: () => void;
  readonly entryCount: () => number;
  /** The address of a text that ends with 0. */
  readonly entryName: (index: number) => number;
  /** The address of the frame that `CallFrame` describes. */
  readonly frame: () => number;
  readonly call: (index: number, count: number) => void;
  readonly allocateForWorker: (bytes: number) => number;
  /** Threads may start on worker `index` from here on. */
  readonly addWorker: (index: number) => void;
  /** Never returns. */
  readonly runWorker: (index: number) => void;
};

/** Every export, for the check at the start. */
const NAMES: Readonly<Record<keyof ModuleExports, true>> = {
  __wasm_call_ctors: true,
  __wasm_init_tls: true,
  __stack_pointer: true,
  __tls_size: true,
  __tls_align: true,
  setMemoryLimit: true,
  setMayBlock: true,
  setCoreCount: true,
  initialize: true,
  entryCount: true,
  entryName: true,
  frame: true,
  call: true,
  allocateForWorker: true,
  addWorker: true,
  runWorker: true,
};

/** The exports of a module. @throws {Error} if one is missing: the module was built from other sources. */
export function checkedExports(exports: WebAssembly.Exports): ModuleExports {
  if (!Object.keys(NAMES).every((name) => name in exports)) throw builtFromOtherSources();
  // WebAssembly does not tell the types of exports.
  return exports as unknown as ModuleExports;
}

export const INSTALL_AGAIN =
  'Install the package again; in a clone, run `npm run build:modules` in packages/backend-wasm.';

export function builtFromOtherSources(cause?: unknown): Error {
  return new Error(`[@st/backend-wasm] the WebAssembly module was built from other sources. ${INSTALL_AGAIN}`, {
    cause,
  });
}

/** The imports of a module. The C library names functions of files, which nothing calls. */
export function moduleImports(memory: WebAssembly.Memory): WebAssembly.Imports {
  const notSupported = (): number => 52; // ENOSYS of WASI
  return {
    env: { memory },
    host: { milliseconds: () => performance.now() },
    wasi_snapshot_preview1: { fd_close: notSupported, fd_seek: notSupported, fd_write: notSupported },
  };
}
