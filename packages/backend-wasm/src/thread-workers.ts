import { MOST_THREADS } from '@st/backend-native/kit';
import type { ModuleExports } from './module-exports.ts';
import type { Platform, StartedWorker, ThreadStart } from './platform.ts';

/** As for the main thread: kernels keep their arrays in linear memory, not on the stack. */
const STACK_BYTES = 2 ** 20;

type Shared = {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly exports: ModuleExports;
};

/** The workers that run threads of the kernels. Those once started stay: threads that end leave them idle. */
export class ThreadWorkers {
  readonly #platform: Platform;
  readonly #shared: Shared;
  readonly #workers: StartedWorker[] = [];
  #started = 0;
  #failed = 0;
  #failure: string | undefined;

  constructor(platform: Platform, shared: Shared) {
    this.#platform = platform;
    this.#shared = shared;
  }

  /** Why there can be none, and what would change it; undefined where there can. */
  get whyNone(): string | undefined {
    return this.#platform.whyNoThreads ?? (this.#failed === this.#started ? this.#failure : undefined);
  }

  /** Starts workers until there are `count`; fulfilled when threads may start on them. If one cannot start, there are fewer from then on. */
  async ensure(count: number): Promise<void> {
    await Promise.all(this.#start(count));
  }

  /** Ends all workers, whose module is used no more. */
  end(): void {
    for (const worker of this.#workers) worker.end();
  }

  /** The number of threads that `count` means: 0 is one a core. */
  wanted(count: number): number {
    return count === 0 ? Math.min(MOST_THREADS, this.#platform.cores) : count;
  }

  /** How many of `count` threads there can be now. */
  available(count: number): number {
    const wanted = this.wanted(count);
    if (this.#platform.startsWhileBusy) this.#start(wanted - 1, true);
    return Math.min(wanted, this.#started - this.#failed + 1);
  }

  /** With `atOnce`, threads may start on them before they run. */
  #start(count: number, atOnce = false): Promise<void>[] {
    if (this.#platform.whyNoThreads !== undefined || this.#failure !== undefined) return [];
    const starts: Promise<void>[] = [];
    while (this.#started < count) {
      starts.push(this.#startOne(this.#started, atOnce));
      this.#started++;
    }
    return starts;
  }

  #startOne(index: number, atOnce: boolean): Promise<void> {
    const { exports, module, memory } = this.#shared;
    const tlsBytes = Number(exports.__tls_size.value);
    const stack = exports.allocateForWorker(STACK_BYTES + tlsBytes) >>> 0;
    if (stack === 0) throw new Error('[@st/backend-wasm] out of memory for the stack of a thread.');
    const start = {
      ...{ module, memory, index },
      ...{ stack, stackBytes: STACK_BYTES, tls: stack + STACK_BYTES },
    };
    return this.#whenReady(start, atOnce).then(
      () => exports.addWorker(index),
      (error: unknown) => {
        this.#failed++;
        this.#failure = error instanceof Error ? error.message : String(error);
      },
    );
  }

  async #whenReady(start: ThreadStart, atOnce: boolean): Promise<void> {
    const worker = this.#platform.startWorker(start);
    this.#workers.push(worker);
    if (atOnce) this.#shared.exports.addWorker(start.index);
    await worker.ready;
  }
}
