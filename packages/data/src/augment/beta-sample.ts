import type { Rng } from '@st/core';

/**
 * A draw from Beta(alpha, alpha) for alpha > 0, as G1 / (G1 + G2) of two Gamma(alpha) draws.
 * Takes a varying number of draws: give it a stream of its own.
 */
export function symmetricBetaSample(alpha: number, rng: Rng): number {
  const [first, second] = [logGammaSample(alpha, rng), logGammaSample(alpha, rng)];
  return 1 / (1 + Math.exp(second - first)); // from logarithms: for a small alpha both draws underflow to 0
}

/**
 * The logarithm of a Gamma(shape, 1) draw, by rejection from a cubed normal; below 1, from shape + 1 times U^(1/shape).
 * @see Marsaglia and Tsang 2000, "A simple method for generating gamma variables", ACM TOMS 26(3)
 */
function logGammaSample(shape: number, rng: Rng): number {
  if (shape < 1) return logGammaSample(shape + 1, rng) + Math.log(1 - rng.next()) / shape;
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const normal = Math.sqrt(-2 * Math.log(1 - rng.next())) * Math.cos(2 * Math.PI * rng.next());
    const v = (1 + c * normal) ** 3;
    const accepted = v > 0 && Math.log(1 - rng.next()) < normal ** 2 / 2 + d - d * v + d * Math.log(v);
    if (accepted) return Math.log(d * v);
  }
}
