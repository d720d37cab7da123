import { epsilonsOf } from '@st/attacks/parts';
import type { Dataset, ThreatModel } from '@st/core';

import type { ExaminedData } from '../examine-data.ts';
import { perturbationNorm } from '../perturbation-norm.ts';
import { type Flag, flag } from './flag.ts';

/** One grey level of an 8-bit pixel: in every norm the smallest distance between two different 8-bit images. */
const GRAY_LEVEL = 1 / 255;

/** Tolerance for a radius of exactly one grey level that was rounded. */
const ROUNDING = 1e-6;

/**
 * The flags for an implausible radius.
 * @param sample - Some of the evaluated images, all in [0, 1], with their labels; all pairs of different classes are compared.
 */
export function epsilonFlags(
  threat: ThreatModel,
  imageShape: Dataset['imageShape'],
  sample: ExaminedData['sample'],
): Flag[] {
  const { norm, epsilon } = threat;
  if (epsilon < GRAY_LEVEL * (1 - ROUNDING)) {
    const levels = (255 * epsilon).toPrecision(2);
    return [flag('epsilon-too-small', `Epsilon ${epsilon} (${norm}) is ${levels} grey levels.`, { norm, epsilon })];
  }
  const pair = closestPair(threat, epsilonsOf(threat, imageShape), sample);
  if (!pair) return [];
  const seen = `Two images of classes ${pair.classes.join(' and ')} are ${pair.distance.toPrecision(3)} apart (${norm}), less than twice epsilon, ${(2 * epsilon).toPrecision(3)}.`;
  return [flag('epsilon-too-large', seen, { norm, epsilon, distance: pair.distance, classes: pair.classes })];
}

type Pair = { readonly distance: number; readonly classes: readonly number[] };

/** The closest two images of different classes, if their balls of radius epsilon intersect; else null. */
function closestPair(
  { norm, epsilon }: ThreatModel,
  radii: Float32Array | null,
  sample: ExaminedData['sample'],
): Pair | null {
  let closest: Pair | null = null;
  for (const [i, a] of sample.entries()) {
    for (const b of sample.slice(0, i)) {
      if (a.label === b.label) continue;
      const distance = perturbationNorm(norm, a.image, b.image, radii);
      if (distance === 0) continue; // one image under two labels is an error of the labels, not of the radius
      if (!(distance <= 2 * epsilon) || (closest && distance >= closest.distance)) continue;
      closest = { distance, classes: [a.label, b.label].sort((x, y) => x - y) };
    }
  }
  return closest;
}
