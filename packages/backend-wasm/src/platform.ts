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
  /**
   * Starts a worker; the promise is fulfilled when threads may start on it. In Node that is at once: a worker starts even while this thread is
   * busy. In a browser it is when the worker runs.
   */
  startWorker(start: ThreadStart): Promise<void>;
  /** True if workers start even while this thread is busy, and throw here if they cannot. */
  readonly startsWhileBusy: boolean;
};
