/** After a kind of call had to be computed twice, its next 100 calls run eagerly before deferral is tried again. */
const EAGER_CALLS = 100;

/** Kinds of calls (pass and shape of a convolution) that are not deferred for some time, because one of them was computed twice. */
export class DeferralBackoff {
  readonly #remaining = new Map<string, number>();

  /** Called when values were read after post-ops had been fused to them. */
  start(kind: string): void {
    this.#remaining.set(kind, EAGER_CALLS);
  }

  /** False if no kind is blocked, which callers check before they build a kind's name. */
  get isActive(): boolean {
    return this.#remaining.size > 0;
  }

  /** True if a call of this kind must not be deferred. Counts the call. */
  blocks(kind: string): boolean {
    const remaining = this.#remaining.get(kind);
    if (remaining === undefined) return false;
    if (remaining > 1) this.#remaining.set(kind, remaining - 1);
    else this.#remaining.delete(kind);
    return true;
  }
}
