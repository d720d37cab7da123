import type { Addon } from './addon.ts';

/**
 * Kernels run asynchronously. Time is divided into eras by synchronizations: an array passed to a kernel in the current era may
 * still be in use, an array of an earlier era is not.
 */
export class PendingKernels {
  /** The era of arrays that no kernel uses. */
  static readonly NEVER = -1;

  readonly #addon: Pick<Addon, 'synchronize'>;
  #era = 0;

  constructor(addon: Pick<Addon, 'synchronize'>) {
    this.#addon = addon;
  }

  get era(): number {
    return this.#era;
  }

  /** Waits for the kernels of an era. Those of earlier eras have already run. */
  await(era: number): void {
    if (era === this.#era) this.#addon.synchronize();
  }

  /**
   * Waits for all kernels and begins a new era. Kernels must not call this: their own output is already registered in the current
   * era but not yet written, so it would count as finished.
   */
  finishEra(): void {
    this.#era++;
    this.#addon.synchronize();
  }
}
