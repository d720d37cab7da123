import type { Deferred } from './deferred-values.ts';
import { HeldArrays } from './held-arrays.ts';
import type { NativeBackend } from './native-backend.ts';

/** What the gradient of a batch normalisation at its input is made from. */
export type BatchNormGradientCall = {
  readonly rows: number;
  readonly channels: number;
  readonly epsilon: number;
  readonly dy: Float32Array;
  readonly x: Float32Array;
  /** The ReLU's output; where there is none it is made again from x. */
  readonly y: Float32Array | undefined;
  readonly relu: 0 | 1;
  /** As `batchNormGradient` of the native module gave them. */
  readonly coefficients: Float32Array;
};

/** A batch normalisation's dx that waits to hear whether it is added to another gradient, as in every residual block. */
export class DeferredBatchNormGradient implements Deferred {
  readonly length: number;
  readonly addsFreely = true;
  readonly #backend: NativeBackend;
  readonly #call: BatchNormGradientCall;
  readonly #sum: Float32Array | undefined;
  readonly #held: HeldArrays;

  private constructor(
    backend: NativeBackend,
    call: BatchNormGradientCall,
    sum: Float32Array | undefined,
    held: HeldArrays,
  ) {
    this.length = call.rows * call.channels;
    this.#backend = backend;
    this.#call = call;
    this.#sum = sum;
    this.#held = held;
  }

  /** Undefined where an array that is read later is not the back end's own. */
  static of(
    backend: NativeBackend,
    call: BatchNormGradientCall,
    sum?: Float32Array,
  ): DeferredBatchNormGradient | undefined {
    const held = HeldArrays.of(backend.pool, [call.dy, call.x, call.y, sum]);
    return held && new DeferredBatchNormGradient(backend, call, sum, held);
  }

  plus(values: Float32Array): DeferredBatchNormGradient | undefined {
    return this.#sum ? undefined : DeferredBatchNormGradient.of(this.#backend, this.#call, values);
  }

  compute(into: Float32Array): void {
    const { rows, channels, epsilon, dy, x, y, relu, coefficients } = this.#call;
    this.#backend.addon.batchNormInputGradient(
      ...([rows, channels, epsilon, dy, x, y, relu, coefficients, this.#sum, into, undefined] as const),
    );
  }

  drop(): void {
    this.#held.release();
  }
}
