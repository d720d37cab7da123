/**
 * Values of a tensor that are not computed yet. A kernel called next may be fused with their computation (`plus`, `withPostOps`);
 * the values alone are then never computed.
 */
export type Deferred = {
  readonly length: number;
  /** True if `plus` saves a pass over memory. */
  readonly fusesAddition: boolean;
  /** Computes the values. Called at most once. */
  compute(into: Float32Array): void;
  /** Releases the arrays held for the computation. Called once, after it or if the values are no longer needed. */
  release(): void;
  /** The element-wise sum with other values, or undefined if it cannot be deferred. */
  plus(values: Float32Array): Deferred | undefined;
};
