import type { Addon } from './addon.ts';

/**
 * Kernels run behind JavaScript. What they read or write is theirs until they have run: an array that was handed to a kernel in this era
 * may still be in use, one of an earlier era is not.
 */
export class PendingKernels {
  /** No era: that of arrays that no kernel uses. */
  static readonly NEVER = -1;

  readonly #addon: Pick<Addon, 'synchronize'>;
  #era = 0;

  constructor(addon: Pick<Addon, 'synchronize'>) {
    this.#addon = addon;
  }

  get era(): number {
    return this.#era;
  }

  /** Waits for the kernels of an era, which the earlier ones have run before. */
  await(era: number): void {
    if (era === this.#era) this.#addon.synchronize();
  }

  /**
   * Waits for all kernels and begins an era. Not for kernels: one that has made its output, but not yet called the module to write it,
   * would find it counted among what is done.
   */
  finishEra(): void {
    this.#era++;
    this.#addon.synchronize();
  }
}
