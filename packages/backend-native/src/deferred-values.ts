/**
 * The values of a tensor, before they are computed. A kernel that is called next may do its own work as the values are stored
 * (`followedBy`, `plus`); then these are never computed by themselves.
 */
export type Deferred = {
  readonly length: number;
  /** Whether `plus` saves a pass through memory. */
  readonly addsFreely: boolean;
  /** Writes the values, once. */
  compute(into: Float32Array): void;
  /** Gives back what was held for that, once: they have been computed, or nobody wants them any more. */
  drop(): void;
  /** The sum of these values and others of the same number, or undefined where that cannot be deferred. */
  plus(values: Float32Array): Deferred | undefined;
};
