import type { CONVOLUTION_PASS } from './addon.ts';
import type { Deferred } from './deferred-values.ts';
import { HeldArrays } from './held-arrays.ts';
import type { NativeBackend } from './native-backend.ts';

/** One pass of a convolution: all that its result depends on. */
export type ConvolutionCall = {
  readonly pass: keyof typeof CONVOLUTION_PASS;
  readonly algorithm: number;
  /** 15 sizes, as native/conv/conv.h orders them. */
  readonly shape: Int32Array;
  /** x, or back dy. */
  readonly source: Float32Array;
  readonly packed: Float32Array;
};

/** What follows a convolution: relu(v + residual), v = conv scale + shift where mask > 0, else 0; each part left out where it is absent. */
export type Finish = {
  /** `[channels]` */
  readonly scale?: Float32Array | undefined;
  readonly shift?: Float32Array | undefined;
  /** As the output. */
  readonly mask?: Float32Array | undefined;
  readonly residual?: Float32Array | undefined;
  readonly relu?: boolean | undefined;
};

/** The parts of a finish in the order in which they are done. */
const PARTS: readonly (readonly (keyof Finish)[])[] = [['scale', 'shift'], ['mask'], ['residual'], ['relu']];

const IN_HEIGHT = 1;
const OUT_HEIGHT = 4;

/** Where the output's sizes are in a shape. */
const outputAt = ({ pass }: ConvolutionCall): number => (pass === 'forward' ? OUT_HEIGHT : IN_HEIGHT);

function outputLength(call: ConvolutionCall): number {
  const { shape } = call;
  const at = outputAt(call);
  return (shape[0] ?? 0) * (shape[at] ?? 0) * (shape[at + 1] ?? 0) * (shape[at + 2] ?? 0);
}

/** Runs a pass at once. */
export function convolve(backend: NativeBackend, call: ConvolutionCall, finish: Finish, into: Float32Array): void {
  const { scale, shift, mask, residual, relu } = finish;
  const run = call.pass === 'forward' ? backend.addon.convForward : backend.addon.convInputGradient;
  run(
    ...([call.algorithm, call.shape, call.source, call.packed, into] as const),
    ...([scale, shift, mask, residual, relu ? 1 : 0] as const),
  );
}

/**
 * A convolution that waits to hear what follows it. Normalisation with given statistics, a shortcut's addition and ReLU, and back
 * the gradients of these, are then done to each output before it is stored, rather than in passes over memory of their own.
 */
export class DeferredConvolution implements Deferred {
  readonly length: number;
  readonly #backend: NativeBackend;
  readonly #call: ConvolutionCall;
  readonly #finish: Finish;
  readonly #held: HeldArrays;
  #isFollowed = false;

  private constructor(backend: NativeBackend, call: ConvolutionCall, finish: Finish, held: HeldArrays) {
    this.length = outputLength(call);
    this.#backend = backend;
    this.#call = call;
    this.#finish = finish;
    this.#held = held;
  }

  /** Undefined where an array that is read later is not the back end's own. */
  static of(backend: NativeBackend, call: ConvolutionCall, finish: Finish = {}): DeferredConvolution | undefined {
    const held = HeldArrays.of(backend.pool, [call.source, call.packed, finish.mask, finish.residual]);
    return held && new DeferredConvolution(backend, call, finish, held);
  }

  get channels(): number {
    return this.#call.shape[outputAt(this.#call) + 2] ?? 0;
  }

  /** The 3x3 ones do it as they store, others afterwards. */
  get addsFreely(): boolean {
    const { shape } = this.#call;
    return shape[7] === 3 && shape[8] === 3;
  }

  /**
   * This convolution with more behind it, or undefined where its parts do not come in that order. What it gives by itself can still
   * be read, at the price of computing it a second time; where that happens, `ReadTwice` prevents the next times.
   */
  followedBy(more: Finish): DeferredConvolution | undefined {
    if (lastPart(this.#finish) >= firstPart(more) || this.#backend.readTwice.refuses(this.#call)) return undefined;
    const followed = DeferredConvolution.of(this.#backend, this.#call, { ...this.#finish, ...more });
    if (followed) this.#isFollowed = true;
    return followed;
  }

  plus(residual: Float32Array): DeferredConvolution | undefined {
    return this.followedBy({ residual });
  }

  compute(into: Float32Array): void {
    if (this.#isFollowed) this.#backend.readTwice.note(this.#call);
    convolve(this.#backend, this.#call, this.#finish, into);
  }

  drop(): void {
    this.#held.release();
  }
}

const isThere = (finish: Finish, names: readonly (keyof Finish)[]): boolean => names.some((name) => finish[name]);
const firstPart = (finish: Finish): number => PARTS.findIndex((names) => isThere(finish, names));
const lastPart = (finish: Finish): number => PARTS.findLastIndex((names) => isThere(finish, names));

/** So often is a convolution that was read twice not deferred; then it is tried again. */
const REFUSALS = 100;

/** Convolutions, by pass and shape, that were read by themselves after something had followed them: they ran twice. */
export class ReadTwice {
  readonly #refusals = new Map<string, number>();

  note(call: ConvolutionCall): void {
    this.#refusals.set(nameOf(call), REFUSALS);
  }

  refuses(call: ConvolutionCall): boolean {
    if (this.#refusals.size === 0) return false;
    const name = nameOf(call);
    const left = this.#refusals.get(name);
    if (left === undefined) return false;
    if (left > 1) this.#refusals.set(name, left - 1);
    else this.#refusals.delete(name);
    return true;
  }
}

const nameOf = ({ pass, shape }: ConvolutionCall): string => `${pass} ${shape.join()}`;
