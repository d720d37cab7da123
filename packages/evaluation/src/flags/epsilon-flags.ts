import type { ThreatModel } from '@st/core';

import { perturbationNorm } from '../perturbation-norm.ts';
import { type Flag, flag } from './flag.ts';

/** One grey level of an 8-bit pixel: in every norm the shortest way to another 8-bit image. */
const GREY_LEVEL = 1 / 255;

/** A radius given as exactly one grey level may have been rounded. */
const ROUNDING = 1e-6;

/**
 * The flags that a radius calls for, on images of known labels.
 * @param images - Some of the evaluated images; each is compared with each.
 */
export function epsilonFlags(
  { norm, epsilon }: ThreatModel,
  images: readonly Float32Array[],
  labels: ArrayLike<number>,
): Flag[] {
  if (epsilon < GREY_LEVEL * (1 - ROUNDING)) {
    const levels = (255 * epsilon).toPrecision(2);
    return [flag('epsilon-too-small', `Epsilon ${epsilon} (${norm}) is ${levels} grey levels.`, { norm, epsilon })];
  }
  const pair = closestPair({ norm, epsilon }, images, labels);
  if (!pair) return [];
  const seen = `Two images of classes ${pair.classes.join(' and ')} are ${pair.distance.toPrecision(3)} apart (${norm}), less than twice epsilon, ${(2 * epsilon).toPrecision(3)}.`;
  return [flag('epsilon-too-large', seen, { norm, epsilon, distance: pair.distance, classes: pair.classes })];
}

type Pair = { readonly distance: number; readonly classes: readonly number[] };

/** The closest two images of different classes, if a ball of radius epsilon around one meets that around the other. */
function closestPair(
  { norm, epsilon }: Pick<ThreatModel, 'norm' | 'epsilon'>,
  images: readonly Float32Array[],
  labels: ArrayLike<number>,
): Pair | null {
  let closest: Pair | null = null;
  for (const [i, a] of images.entries()) {
    for (const [j, b] of images.slice(0, i).entries()) {
      if (labels[i] === labels[j]) continue;
      const distance = perturbationNorm(norm, a, b);
      if (distance === 0) continue; // one image under two labels says something of the labels, not of the radius
      if (distance > 2 * epsilon || (closest && distance >= closest.distance)) continue;
      closest = { distance, classes: [labels[j] ?? 0, labels[i] ?? 0].sort((x, y) => x - y) };
    }
  }
  return closest;
}
