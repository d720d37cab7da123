import type { CONVOLUTION_PASS } from './addon.ts';
import type { Deferred } from './deferred-values.ts';
import { HeldArrays } from './held-arrays.ts';
import type { ConvolutionShape } from './kernels/convolution-shape.ts';
import type { NativeBackend } from './native-backend.ts';

/** One pass of a convolution, without its post-ops. */
export type ConvolutionCall = {
  readonly pass: keyof typeof CONVOLUTION_PASS;
  readonly algorithm: number;
  readonly shape: ConvolutionShape;
  /** x in the forward pass, dy in the input gradient. */
  readonly source: Float32Array;
  readonly packed: Float32Array;
};

/**
 * Operations fused into the output store: v = conv * scale + shift; v = mask > 0 ? v : 0; v = v + residual; out = relu(v). Absent
 * parts are skipped.
 */
export type PostOps = {
  /** `[channels]` */
  readonly scale?: Float32Array | undefined;
  readonly shift?: Float32Array | undefined;
  /** Shape of the output. */
  readonly mask?: Float32Array | undefined;
  readonly residual?: Float32Array | undefined;
  readonly relu?: boolean | undefined;
};

/** The post-ops in their order of execution. */
const ORDER: readonly (readonly (keyof PostOps)[])[] = [['scale', 'shift'], ['mask'], ['residual'], ['relu']];

/** Runs a pass immediately. */
export function convolve(backend: NativeBackend, call: ConvolutionCall, postOps: PostOps, into: Float32Array): void {
  const { algorithm, shape, source, packed } = call;
  const { scale, shift, mask, residual } = postOps;
  const relu = postOps.relu ? 1 : 0;
  const run = call.pass === 'forward' ? backend.addon.convForward : backend.addon.convInputGradient;
  run(algorithm, relu, shape.sizes, source, packed, scale, shift, mask, residual, into);
}

/**
 * A convolution that is computed when its values are first read. Kernels called before that (batch norm in inference mode,
 * addition of a shortcut, ReLU, and the gradients of these) are fused as post-ops instead of running as passes over memory.
 */
export class DeferredConvolution implements Deferred {
  readonly length: number;
  readonly #backend: NativeBackend;
  readonly #call: ConvolutionCall;
  readonly #postOps: PostOps;
  readonly #held: HeldArrays;
  #isFusedElsewhere = false;

  private constructor(backend: NativeBackend, call: ConvolutionCall, postOps: PostOps, held: HeldArrays) {
    this.length = call.shape.resultLength(call.pass);
    this.#backend = backend;
    this.#call = call;
    this.#postOps = postOps;
    this.#held = held;
  }

  /** Undefined if an array that is read later does not belong to the back end's pool. */
  static of(backend: NativeBackend, call: ConvolutionCall, postOps: PostOps = {}): DeferredConvolution | undefined {
    const held = HeldArrays.of(backend.pool, [
      ...[call.source, call.packed],
      ...[postOps.scale, postOps.shift, postOps.mask, postOps.residual],
    ]);
    return held && new DeferredConvolution(backend, call, postOps, held);
  }

  get channels(): number {
    return this.#call.shape.resultChannels(this.#call.pass);
  }

  /** Only the Winograd kernels, for 3x3 filters, fuse it; other methods apply post-ops in a pass of their own. */
  get fusesAddition(): boolean {
    const { shape } = this.#call;
    return shape.filterHeight === 3 && shape.filterWidth === 3;
  }

  /**
   * This convolution with further post-ops, or undefined if their order does not allow it. The values without them can still be
   * read, but are then computed a second time; after that, `DeferralBackoff` stops the deferral of this shape for some time.
   */
  withPostOps(more: PostOps): DeferredConvolution | undefined {
    const { deferralBackoff } = this.#backend;
    const isBlocked =
      lastStage(this.#postOps) >= firstStage(more) ||
      (deferralBackoff.isActive && deferralBackoff.blocks(kindOf(this.#call)));
    if (isBlocked) return undefined;
    const fused = DeferredConvolution.of(this.#backend, this.#call, { ...this.#postOps, ...more });
    if (fused) this.#isFusedElsewhere = true;
    return fused;
  }

  plus(residual: Float32Array): DeferredConvolution | undefined {
    return this.withPostOps({ residual });
  }

  compute(into: Float32Array): void {
    if (this.#isFusedElsewhere) this.#backend.deferralBackoff.start(kindOf(this.#call));
    convolve(this.#backend, this.#call, this.#postOps, into);
  }

  release(): void {
    this.#held.release();
  }
}

const hasAny = (postOps: PostOps, names: readonly (keyof PostOps)[]): boolean => names.some((name) => postOps[name]);
const firstStage = (postOps: PostOps): number => ORDER.findIndex((names) => hasAny(postOps, names));
const lastStage = (postOps: PostOps): number => ORDER.findLastIndex((names) => hasAny(postOps, names));

/** The convolutions that `DeferralBackoff` treats alike. */
const kindOf = ({ pass, shape }: ConvolutionCall): string => `${pass} ${shape.sizes.join()}`;
