import {
  checkChoice,
  checkNumber,
  describeValue,
  InvalidArgumentError,
  NORMS,
  type Norm,
  type ThreatModel,
  type Where,
} from '@st/core';
import type * as tf from '@tensorflow/tfjs-core';

const BOUNDS = [0, 1] as const;

/**
 * Perturbations that move no pixel by more than `epsilon`: ||delta||_inf <= epsilon, images within [0, 1].
 * @param epsilon - In (0, 1]; 8 grey levels are 8 / 255.
 * @throws {InvalidArgumentError} for any other radius, naming the mend.
 */
export function linf(epsilon: number): ThreatModel {
  return checkThreat('[@st/attacks] linf', { norm: 'linf', epsilon, bounds: BOUNDS });
}

/**
 * Perturbations of Euclidean length at most `epsilon`, images within [0, 1].
 * @param epsilon - Above 0, in units of the [0, 1] pixel scale over the whole image: CIFAR-10's usual radius is 128 / 255.
 * @throws {InvalidArgumentError} for any other radius.
 */
export function l2(epsilon: number): ThreatModel {
  return checkThreat('[@st/attacks] l2', { norm: 'l2', epsilon, bounds: BOUNDS });
}

/**
 * Perturbations whose absolute values sum to at most `epsilon`, images within [0, 1].
 * @param epsilon - Above 0, in units of the [0, 1] pixel scale, summed over the whole image: CIFAR-10's usual radius is 12.
 * @throws {InvalidArgumentError} for any other radius.
 */
export function l1(epsilon: number): ThreatModel {
  return checkThreat('[@st/attacks] l1', { norm: 'l1', epsilon, bounds: BOUNDS });
}

/**
 * Returns the threat model if it is one: a known norm, a radius that can be meant, bounds [0, 1].
 * @throws {InvalidArgumentError} naming what is wrong and how to mend it.
 */
export function checkThreat(where: Where, threat: ThreatModel): ThreatModel {
  if (threat === null || typeof threat !== 'object') {
    throw new InvalidArgumentError(
      `${where}: threat must be a threat model, got ${describeValue(threat)}. Build one: linf(8 / 255), l2(128 / 255) or l1(12).`,
      { argument: 'threat', received: threat },
    );
  }
  const norm = checkChoice(where, 'norm', threat.norm, NORMS);
  checkNumber(where, 'epsilon', threat.epsilon, {
    min: 0,
    aboveMin: true,
    ...(norm === 'linf' ? { max: 1 } : {}),
    ...(threat.epsilon > 1 ? { hint: greyLevels(threat.epsilon) } : {}),
  });
  if (threat.bounds?.[0] === 0 && threat.bounds[1] === 1) return threat;
  throw new InvalidArgumentError(
    `${where}: bounds must be [0, 1], got ${describeValue(threat.bounds)}. Images are in [0, 1]; put normalisation inside the model.`,
    { argument: 'bounds', received: threat.bounds },
  );
}

/**
 * The threat model of a norm and a radius.
 * @throws {InvalidArgumentError} for an unknown norm or a radius that cannot be meant.
 */
export function threatWithin(where: Where, norm: Norm, epsilon: number): ThreatModel {
  return checkThreat(where, { norm, epsilon, bounds: BOUNDS });
}

/**
 * Refuses an l2 or l1 radius that takes in every image of this size: it is in other units than the images.
 * @throws {InvalidArgumentError} naming the mend.
 */
export function checkRadiusFits(where: Where, { norm, epsilon }: ThreatModel, images: tf.Tensor4D): void {
  const pixels = images.size / images.shape[0];
  const farthest: Readonly<Record<Norm, number>> = { linf: 1, l2: Math.sqrt(pixels), l1: pixels };
  if (epsilon <= farthest[norm]) return;
  throw new InvalidArgumentError(
    `${where}: epsilon must be at most ${farthest[norm]}, the ${norm} distance between a black and a white image of shape [${images.shape.slice(1)}], got ${epsilon}. ${greyLevels(epsilon)}`,
    { argument: 'epsilon', received: epsilon },
  );
}

function greyLevels(epsilon: number): string {
  return `Inputs are in [0, 1]; for ${epsilon} grey levels pass ${epsilon} / 255.`;
}
