/** The perturbations that an attacker may make: those of norm at most `epsilon` that keep the image within `bounds`. Built by `linf`, `l2`, `l1` of `@st/attacks`. */
export type ThreatModel = {
  readonly norm: Norm;
  /** Radius in input units; for `'linf'` in (0, 1]: 8 gray levels are 8 / 255. With `epsilons`, the largest of them. */
  readonly epsilon: number;
  /** Radii per channel or per pixel; only for `'linf'`. */
  readonly epsilons?: EpsilonMap;
  /** The range of a valid pixel. */
  readonly bounds: readonly [0, 1];
};

/** One l-infinity radius per channel or per pixel. Plain numbers, so that it can be written to JSON. */
export type EpsilonMap = {
  /** `[height, width, channels]`, where a size of 1 is broadcast: `[1, 1, 3]` has a radius per channel, `[32, 32, 1]` one per position. */
  readonly shape: readonly [number, number, number];
  /** Row-major, each in [0, 1], the largest above 0. A pixel with radius 0 may not change. */
  readonly values: readonly number[];
};

/** The norm in which perturbations are measured. */
export type Norm = 'linf' | 'l2' | 'l1';

export const NORMS: readonly Norm[] = ['linf', 'l2', 'l1'];
