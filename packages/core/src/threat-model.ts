/** Which perturbations an attacker may make: those of norm at most `epsilon` that keep the image within `bounds`. Built by `linf`, `l2`, `l1` of `@st/attacks`. */
export type ThreatModel = {
  readonly norm: Norm;
  /** Radius in input units: for `'linf'` in (0, 1], 8 grey levels being 8 / 255. */
  readonly epsilon: number;
  /** The range of a valid pixel. */
  readonly bounds: readonly [0, 1];
};

export type Norm = 'linf' | 'l2' | 'l1';

export const NORMS: readonly Norm[] = ['linf', 'l2', 'l1'];
