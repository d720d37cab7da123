import type { Deferred } from './deferred-values.ts';
import { HeldArrays } from './held-arrays.ts';
import type { NativeBackend } from './native-backend.ts';

/** The inputs of the gradient of a batch normalization with respect to its input. */
export type BatchNormGradientCall = {
  readonly rows: number;
  readonly channels: number;
  readonly dy: Float32Array;
  readonly x: Float32Array;
  /** Output of the ReLU; if undefined, it is recomputed from x. */
  readonly y: Float32Array | undefined;
  readonly relu: 0 | 1;
  /** As written by `batchNormGradient` of the native module. */
  readonly coefficients: Float32Array;
};

/** dx of a batch normalization, deferred because in every residual block it is added to another gradient, which can be fused. */
export class DeferredBatchNormGradient implements Deferred {
  readonly length: number;
  readonly fusesAddition = true;
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

  /** Undefined if an array that is read later does not belong to the back end's pool. */
  static of(
    backend: NativeBackend,
    call: BatchNormGradientCall,
    sum?: Float32Array,
  ): DeferredBatchNormGradient | undefined {
    const held = HeldArrays.of(backend.pool, [call.dy, call.x, call.y, call.coefficients, sum]);
    return held && new DeferredBatchNormGradient(backend, call, sum, held);
  }

  plus(values: Float32Array): DeferredBatchNormGradient | undefined {
    return this.#sum ? undefined : DeferredBatchNormGradient.of(this.#backend, this.#call, values);
  }

  compute(into: Float32Array): void {
    const { rows, channels, dy, x, y, relu, coefficients } = this.#call;
    const { addon } = this.#backend;
    addon.batchNormInputGradient(rows, channels, relu, dy, x, y, this.#sum, coefficients, into, undefined);
  }

  release(): void {
    this.#held.release();
  }
}
