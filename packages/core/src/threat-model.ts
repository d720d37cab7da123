/** Which perturbations an attacker may make: those of norm at most `epsilon` that keep the image within `bounds`. Built by `linf`, `l2`, `l1` of `@st/attacks`. */
export type ThreatModel = {
  readonly norm: Norm;
  /** Radius in input units: for `'linf'` in (0, 1], 8 grey levels being 8 / 255. The largest one where there are `epsilons`. */
  readonly epsilon: number;
  /** Radii that differ from channel to channel or from pixel to pixel, for `'linf'` alone. */
  readonly epsilons?: EpsilonMap;
  /** The range of a valid pixel. */
  readonly bounds: readonly [0, 1];
};

/** One l-infinity radius a channel, or a pixel. Plain numbers, so that it can be written to JSON. */
export type EpsilonMap = {
  /** `[height, width, channels]`, where 1 stands for all: `[1, 1, 3]` is a radius a channel, `[32, 32, 1]` one a place. */
  readonly shape: readonly [number, number, number];
  /** Row-major, each in [0, 1], the largest above 0; where it is 0 the pixel may not change. */
  readonly values: readonly number[];
};

export type Norm = 'linf' | 'l2' | 'l1';

export const NORMS: readonly Norm[] = ['linf', 'l2', 'l1'];
