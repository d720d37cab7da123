import type { Norm, ThreatModel } from '@st/core';

/** Bounds the float32 rounding error of adding a perturbation to a pixel in [0, 1] and subtracting the pixel again. */
const ABSOLUTE_SLACK = 1e-6;

/**
 * Bounds the error of float32 sums over the pixels of an image, relative to the radius. Attacks compute norms in float32 on the device; here
 * they are in float64.
 */
const RELATIVE_SLACK = 1e-5;

/**
 * The norm of `b - a`, in float64. Both arrays have the same length.
 * @param radii - The radius of each pixel, if radii differ by pixel. The norm is then max |b - a| epsilon / radius, where epsilon is the largest
 *   radius, so that a point is in the ball if its norm is at most epsilon. Exceeding a radius by rounding counts as reaching it. Any other
 *   change where the radius is 0 gives infinity.
 */
export function perturbationNorm(
  norm: Norm,
  a: Float32Array,
  b: Float32Array,
  radii: Float32Array | null = null,
): number {
  if (radii) return scaledNorm(a, b, radii);
  let total = 0;
  for (let i = 0; i < a.length; i++) {
    const change = Math.abs((b[i] ?? Number.NaN) - (a[i] ?? Number.NaN));
    if (norm === 'linf') total = Math.max(total, change);
    else total += norm === 'l2' ? change * change : change;
  }
  return norm === 'l2' ? Math.sqrt(total) : total;
}

function scaledNorm(a: Float32Array, b: Float32Array, radii: Float32Array): number {
  const epsilon = radii.reduce((most, radius) => Math.max(most, radius), 0);
  let total = 0;
  for (const [i, radius] of radii.entries()) {
    const change = Math.abs((b[i] ?? Number.NaN) - (a[i] ?? Number.NaN));
    const isRounding = change > radius && change <= largestNorm({ epsilon: radius });
    const counted = isRounding ? radius : change;
    total = Math.max(total, counted === 0 ? 0 : (counted * epsilon) / radius);
  }
  return total;
}

/** The largest norm that counts as inside the ball: epsilon plus float32 rounding error. */
export function largestNorm({ epsilon }: Pick<ThreatModel, 'epsilon'>): number {
  return epsilon * (1 + RELATIVE_SLACK) + ABSOLUTE_SLACK;
}
