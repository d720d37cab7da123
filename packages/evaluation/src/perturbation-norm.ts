import type { Norm, ThreatModel } from '@st/core';

/** What float32 makes of a pixel in [0, 1]: adding a perturbation and taking it off again errs by less. */
const ABSOLUTE_SLACK = 1e-6;

/** What float32 sums over an image's pixels err by, relative to the radius: attacks scale to the ball on the device, norms here are float64. */
const RELATIVE_SLACK = 1e-5;

/**
 * The norm of `b - a`, in float64, of the same run of values in both arrays.
 * @param radii - The radius of each pixel where they differ: the norm is then max |b - a| epsilon / radius, epsilon being the largest of them,
 *   so that a point is in the ball if its norm is at most epsilon. Rounding does not count; any other change where the radius is 0 is infinite.
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

/** The largest norm that counts as inside the ball: epsilon, and what rounding to float32 adds to it. */
export function largestNorm({ epsilon }: Pick<ThreatModel, 'epsilon'>): number {
  return epsilon * (1 + RELATIVE_SLACK) + ABSOLUTE_SLACK;
}
