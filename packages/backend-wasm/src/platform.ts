/** A module of the kernels, by what the engine must be able to do. */
export type Variant = 'simd' | 'relaxed-simd';

/** What a worker needs to become a thread of the kernels; `stack` and `tls` are addresses. */
export type ThreadStart = {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly index: number;
  readonly stack: number;
  readonly stackBytes: number;
  readonly tls: number;
};

/** A worker that starts or runs. */
export type StartedWorker = { readonly ready: Promise<void>; readonly end: () => void };

/** What differs between Node and browsers. */
export type Platform = {
  readonly cores: number;
  /** Why the back end cannot run here, and how to fix that; undefined if it can. Fetches nothing. */
  whyUnavailable(): string | undefined;
  /** False on a page's main thread. */
  readonly mayBlock: boolean;
  /** Why there are no threads here, and what would change it; undefined if there are. */
  readonly whyNoThreads: string | undefined;
  readModule(variant: Variant): Promise<WebAssembly.Module>;
  /** Starts a worker. `ready` is fulfilled when it runs, and rejected with the reason if it cannot. */
  startWorker(start: ThreadStart): StartedWorker;
  /** True if workers start even while this thread is busy. */
  readonly startsWhileBusy: boolean;
};
