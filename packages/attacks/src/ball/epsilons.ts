import { InvalidArgumentError, ShapeError, type ThreatModel } from '@st/core';
import { checkImageShape, checkNumber, checkObject, describeValue, type EpsilonMap, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

type ImageShape = readonly [number, number, number];

/** Maps that have been checked before, since reading thousands of radii once is enough. */
const checked = new WeakSet<EpsilonMap>();

/**
 * Checks the map of radii, and that its largest radius is `epsilon`.
 * @throws {ShapeError} or {InvalidArgumentError} naming the fault.
 */
export function checkEpsilons(where: Where, { norm, epsilon, epsilons }: ThreatModel): void {
  if (epsilons === undefined || checked.has(epsilons)) return;
  const build = 'Build it by linf([red, green, blue]) or linf(tensor of shape [height, width, channels]).';
  if (norm !== 'linf') {
    throw new InvalidArgumentError(
      `${where}: epsilons must be left out for ${norm}: only an l-infinity ball has one radius a pixel. ${build}`,
      { argument: 'epsilons', received: norm },
    );
  }
  checkObject(where, 'epsilons', epsilons, ['shape', 'values']);
  const { shape, values } = epsilons;
  const isShape =
    Array.isArray(shape) && shape.length === 3 && shape.every((size) => Number.isInteger(size) && size > 0);
  if (!isShape || !Array.isArray(values) || values.length !== tf.util.sizeFromShape([...shape])) {
    throw new ShapeError(
      `${where}: epsilons must be { shape: [height, width, channels], values } of as many values, got ${describeValue(epsilons)}. ${build}`,
      { argument: 'epsilons', received: epsilons },
    );
  }
  let largest = 0;
  for (const value of values) largest = Math.max(largest, checkNumber(where, 'epsilon', value, { min: 0, max: 1 }));
  if (largest !== epsilon || largest === 0) {
    throw new InvalidArgumentError(
      `${where}: epsilon must be the largest of the epsilons, above 0: ${largest}, got ${epsilon}. ${build}`,
      { argument: 'epsilon', received: epsilon },
    );
  }
  checked.add(epsilons);
}

function checkRadii(where: Where, threat: ThreatModel): void {
  checkObject(where, 'threat', threat, ['norm', 'epsilon', 'bounds']);
  checkEpsilons(where, threat);
}

/**
 * Checks that the radii fit images of this shape.
 * @throws {ShapeError} naming both shapes.
 */
export function checkEpsilonsFit(where: Where, { epsilons }: ThreatModel, image: readonly (number | null)[]): void {
  if (epsilons === undefined) return;
  const { shape } = epsilons;
  if (shape.every((size, axis) => size === 1 || image[axis] === null || size === image[axis])) return;
  throw new ShapeError(
    `${where}: epsilon must have one radius, one a channel or one a pixel of images [${image}], got radii [${shape}].`,
    { argument: 'epsilon', received: shape },
  );
}

/**
 * The radius of each pixel of an image, row-major; null if every pixel has `epsilon`.
 * @throws {InvalidArgumentError} or {ShapeError} for anything but a threat model and a shape `[height, width, channels]`.
 */
export function epsilonsOf(threat: ThreatModel, shape: ImageShape): Float32Array | null {
  const where: Where = '[@st/attacks] epsilonsOf';
  checkRadii(where, threat);
  checkImageShape(where, 'shape', shape);
  const { epsilons } = threat;
  if (epsilons === undefined) return null;
  const [height, width, channels] = shape;
  const [rows, columns, depth] = epsilons.shape;
  const all = new Float32Array(height * width * channels);
  let at = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const start = ((rows === 1 ? 0 : y) * columns + (columns === 1 ? 0 : x)) * depth;
      for (let c = 0; c < channels; c++) all[at++] = epsilons.values[start + (depth === 1 ? 0 : c)] ?? 0;
    }
  }
  return all;
}

/** The radius: a number, or `[1, height, width, channels]` if pixels have radii of their own, each dimension 1 or that of the images. Call it within a tidy. */
export function radiusOf({ epsilon, epsilons }: ThreatModel): number | tf.Tensor4D {
  return epsilons ? tf.tensor4d(epsilons.values as number[], [1, ...epsilons.shape]) : epsilon;
}

/**
 * Maps the ball of one radius `epsilon` onto the ball of the threat model: scales each pixel's perturbation by its own radius / epsilon. Steps are
 * scaled likewise.
 * @returns Same shape, a clone if all pixels have one radius; the caller disposes it.
 */
export function toEpsilons({ epsilon, epsilons }: ThreatModel, perturbations: tf.Tensor4D): tf.Tensor4D {
  if (epsilons === undefined) return tf.clone(perturbations);
  return tf.tidy(() => {
    const shares = epsilons.values.map((value) => value / epsilon);
    return tf.mul(perturbations, tf.tensor4d(shares, [1, ...epsilons.shape]));
  });
}

/** The same ball, `factor` times as large. */
export function scaledThreat(threat: ThreatModel, factor: number): ThreatModel {
  const { epsilon, epsilons } = threat;
  if (epsilons === undefined) return { ...threat, epsilon: factor * epsilon };
  const values = epsilons.values.map((value) => factor * value);
  return { ...threat, epsilon: factor * epsilon, epsilons: { ...epsilons, values } };
}
