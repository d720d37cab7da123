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

/** The imports of a module. The C library names functions of files, which nothing calls. */
export function moduleImports(memory: WebAssembly.Memory): WebAssembly.Imports {
  const notSupported = (): number => 52; // ENOSYS of WASI
  return {
    env: { memory },
    host: { milliseconds: () => performance.now() },
    wasi_snapshot_preview1: { fd_close: notSupported, fd_seek: notSupported, fd_write: notSupported },
  };
}
