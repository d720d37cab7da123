import { type Classifier, InvalidArgumentError, type Norm, ShapeError, type ThreatModel } from '@st/core';
import { checkChoice, checkNumber, checkTensor, describeValue, type EpsilonMap, NORMS, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { checkEpsilons, checkEpsilonsFit } from './epsilons.ts';

const BOUNDS = [0, 1] as const;

/** The radius of an l-infinity ball: one number, one a channel, or one a pixel, as nested arrays or a tensor `[height, width, channels]`. */
export type LinfRadius = number | readonly number[] | number[][][] | tf.Tensor1D | tf.Tensor3D;

/**
 * Perturbations that move no pixel by more than `epsilon`: ||delta||_inf <= epsilon, images within [0, 1]. With radii that differ, |delta_i| <=
 * epsilon_i; lengths (of steps, of the radius shown in reports) count in the largest of them, and a step moves each pixel by its own share,
 * epsilon_i / max epsilon, of the length. Every attack of l-infinity takes them; a tensor is read, and stays the caller's.
 * @param epsilon - In (0, 1]; 8 gray levels are 8 / 255. Of radii that differ some may be 0: those pixels do not change.
 * @throws {InvalidArgumentError} for any other radius, with a hint.
 * @example
 * linf(8 / 255);
 * linf([8 / 255, 8 / 255, 2 / 255]); // red, green, blue
 * linf(tf.mul(mask, 8 / 255)); // mask float32 [height, width, channels], or [height, width, 1]
 */
export function linf(epsilon: LinfRadius): ThreatModel {
  const where: Where = '[@st/attacks] linf';
  if (!Array.isArray(epsilon) && !(epsilon instanceof tf.Tensor)) {
    return checkThreat(where, { norm: 'linf', epsilon: epsilon as number, bounds: BOUNDS });
  }
  const epsilons = mapOf(where, epsilon);
  const largest = epsilons.values.reduce((most, value) => Math.max(most, value), 0);
  return checkThreat(where, { norm: 'linf', epsilon: largest, epsilons, bounds: BOUNDS });
}

function mapOf(where: Where, radii: readonly number[] | number[][][] | tf.Tensor): EpsilonMap {
  if (radii instanceof tf.Tensor) checkTensor(where, 'epsilon', radii);
  const given = radii instanceof tf.Tensor ? radii.shape : shapeOf(radii);
  const shape = given.length === 1 ? [1, 1, ...given] : given;
  const values: unknown[] = radii instanceof tf.Tensor ? Array.from(radii.dataSync()) : radii.flat(2);
  const areNumbers = values.length > 0 && values.every((value) => typeof value === 'number');
  if (shape.length === 3 && areNumbers && values.length === tf.util.sizeFromShape(shape)) {
    return { shape: shape as [number, number, number], values };
  }
  throw new ShapeError(
    `${where}: epsilon must be a number, one a channel, or [height, width, channels], got ${describeValue(radii)}. For colour images: linf([8 / 255, 8 / 255, 2 / 255]).`,
    { argument: 'epsilon', received: radii },
  );
}

/** The shape of nested arrays, from the first element at each level. */
function shapeOf(values: unknown): number[] {
  return Array.isArray(values) ? [values.length, ...shapeOf(values[0])] : [];
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
 * Returns a valid threat model: a known norm, a radius in range, bounds [0, 1].
 * @throws {InvalidArgumentError} naming the fault, with a hint.
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
    ...(typeof threat.epsilon === 'number' && threat.epsilon > 1 ? { hint: grayLevels(threat.epsilon) } : {}),
  });
  checkEpsilons(where, threat);
  if (threat.bounds?.[0] === 0 && threat.bounds[1] === 1) return threat;
  throw new InvalidArgumentError(
    `${where}: bounds must be [0, 1], got ${describeValue(threat.bounds)}. Images are in [0, 1]; put normalization inside the model.`,
    { argument: 'bounds', received: threat.bounds },
  );
}

/**
 * The threat model of a norm and a radius.
 * @throws {InvalidArgumentError} for an unknown norm or a radius out of range.
 */
export function threatWithin(where: Where, norm: Norm, epsilon: number): ThreatModel {
  return checkThreat(where, { norm, epsilon, bounds: BOUNDS });
}

/**
 * The threat model with another radius; where pixels have their own, `epsilon` is the largest, and the others keep their ratios to it.
 * @param epsilon - As the norm's own constructor takes it.
 * @throws {InvalidArgumentError} for anything but a threat model, or a radius out of range.
 * @example
 * withRadius(linf([8 / 255, 8 / 255, 4 / 255]), 2 / 255); // linf([2 / 255, 2 / 255, 1 / 255])
 */
export function withRadius(threat: ThreatModel, epsilon: number): ThreatModel {
  const where: Where = '[@st/attacks] withRadius';
  const { epsilon: largest, epsilons } = checkThreat(where, threat);
  if (epsilons === undefined) return checkThreat(where, { ...threat, epsilon });
  const values = epsilons.values.map((value) => (value === largest ? epsilon : (value / largest) * epsilon));
  return checkThreat(where, { ...threat, epsilon, epsilons: { ...epsilons, values } });
}

/**
 * Refuses an l2 or l1 radius whose ball holds every image of this size, since it must be in other units than [0, 1], and radii of another image shape.
 * @throws {InvalidArgumentError} with a hint.
 */
export function checkRadiusFits(where: Where, threat: ThreatModel, image: Classifier['imageShape']): void {
  const { norm, epsilon } = threat;
  checkEpsilonsFit(where, threat, image);
  const pixels = image.reduce<number>((product, size) => product * (size ?? Number.POSITIVE_INFINITY), 1);
  const farthest: Readonly<Record<Norm, number>> = { linf: 1, l2: Math.sqrt(pixels), l1: pixels };
  if (epsilon <= farthest[norm]) return;
  throw new InvalidArgumentError(
    `${where}: epsilon must be at most ${farthest[norm]}, the ${norm} distance between a black and a white image of shape [${image}], got ${epsilon}. ${grayLevels(epsilon)}`,
    { argument: 'epsilon', received: epsilon },
  );
}

function grayLevels(epsilon: number): string {
  return `Inputs are in [0, 1]; for ${epsilon} grey levels pass ${epsilon} / 255.`;
}
