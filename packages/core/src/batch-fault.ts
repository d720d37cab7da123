import { checkKinds } from './errors/check-kind.ts';
import { checkNumber, checkObject, type Where } from './errors/check-options.ts';
import { describeValue } from './errors/describe-value.ts';
import { TRAINING_UNLABELED, UNLABELED } from './unlabeled.ts';

/** Largest accepted distance of a pixel from [0, 1], for float32 rounding of `pixel * std + mean` and the like. */
export const PIXEL_ROUNDING = 1e-6;

/** Largest accepted difference of the sum of a row of targets from 1, for float32 rounding. */
const TARGET_SUM_TOLERANCE = 1e-5;

/** The values of a batch, read back. */
export type BatchValues = {
  readonly pixels?: ArrayLike<number>;
  readonly labels?: ArrayLike<number>;
  /** Soft labels: one row of `classes` shares per image. */
  readonly targets?: ArrayLike<number>;
};

/** The bounds that the values are checked against. */
export type BatchExpectation = {
  /** Labels must lie in [0, classes). */
  readonly classes: number;
  /** Accepts images without a class, for an objective that takes them. Default false. */
  readonly takesUnlabeled?: boolean | undefined;
};

/** The first invalid value of a batch. */
export type BatchFault = {
  readonly argument: 'images' | 'labels' | 'targets';
  readonly received: unknown;
  /** The sentences of an error message: what was expected, what was given, and how to fix it. */
  readonly message: string;
};

/**
 * Checks the values of a batch: pixels are in [0, 1], with a tolerance of 1e-6, and not NaN; labels are in [0, classes); targets are distributions.
 * @returns The first fault, in the order images, labels, targets; null if there is none.
 * @throws {InvalidArgumentError} for arguments of the wrong type.
 */
export function findBatchFault(values: BatchValues, expected: BatchExpectation): BatchFault | null {
  const where = '[@st/core] findBatchFault';
  checkObject(where, 'values', values, ['pixels', 'labels', 'targets']);
  checkKinds(where, values, { pixels: 'numbers', labels: 'numbers', targets: 'numbers' });
  checkExpectation(where, expected);
  const { pixels, labels, targets } = values;
  return (
    (pixels && findPixelFault(pixels)) ??
    (labels && findLabelFault(labels, expected)) ??
    (targets && findTargetFault(targets, expected.classes)) ??
    null
  );
}

/** @throws {InvalidArgumentError} if the number of classes is missing or invalid. */
export function checkExpectation(where: Where, expected: BatchExpectation): void {
  checkObject(where, 'expected', expected, ['classes', 'takesUnlabeled']);
  checkNumber(where, 'classes', expected.classes, { min: 1, integer: true });
}

/** The first pixel that is NaN or outside [0, 1] by more than the tolerance. */
export function findPixelFault(pixels: ArrayLike<number>): BatchFault | null {
  for (let i = 0; i < pixels.length; i++) {
    const received = pixels[i] ?? Number.NaN;
    if (received >= -PIXEL_ROUNDING && received <= 1 + PIXEL_ROUNDING) continue;
    const message = `images must be in [0, 1], got ${received} at flat index ${i}. ${pixelHint(pixels, received)}`;
    return { argument: 'images', received, message };
  }
  return null;
}

/** Guesses the scaling of the pixels from their range, and says how to convert them to [0, 1]. */
function pixelHint(pixels: ArrayLike<number>, fault: number): string {
  if (!Number.isFinite(fault)) return `Find where the ${fault} comes from.`;
  let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < pixels.length; i++) {
    const pixel = pixels[i] ?? Number.NaN;
    if (pixel < lowest) lowest = pixel;
    if (pixel > highest) highest = pixel;
  }
  const range = `They span [${lowest}, ${highest}]`;
  if (lowest >= 0 && highest > 16) return `${range}: divide 8-bit pixels by 255, tf.div(images, 255).`;
  if (lowest >= -1 && highest <= 1) {
    return `${range}: bring [-1, 1] to [0, 1], tf.div(tf.add(images, 1), 2), and scale back inside the model: layers.rescaling({ scale: 2, offset: -1 }).`;
  }
  return `${range}: keep mean/std normalization inside the model, and give it images in [0, 1].`;
}

function findLabelFault(
  labels: ArrayLike<number>,
  { classes, takesUnlabeled = false }: BatchExpectation,
): BatchFault | null {
  for (let i = 0; i < labels.length; i++) {
    const received = labels[i] ?? Number.NaN;
    if (Number.isInteger(received) && received >= 0 && received < classes) continue;
    if (takesUnlabeled && received === UNLABELED) continue;
    const hint =
      received === UNLABELED
        ? `It stands for an image without a class. ${TRAINING_UNLABELED}`
        : `Classes are counted from 0; is the model made for ${classes} classes?`;
    return {
      argument: 'labels',
      received,
      message: `labels must be in [0, ${classes}), got ${received} at index ${i}. ${hint}`,
    };
  }
  return null;
}

function findTargetFault(targets: ArrayLike<number>, classes: number): BatchFault | null {
  const all = Array.from(targets);
  for (let row = 0; row < all.length; row += classes) {
    const shares = all.slice(row, row + classes);
    const sum = shares.reduce((total, share) => total + (share >= 0 ? share : Number.NaN), 0);
    if (Math.abs(sum - 1) <= TARGET_SUM_TOLERANCE) continue;
    const message = `each row of targets must hold shares >= 0 that sum to 1, got ${describeValue(shares)} in row ${row / classes}.`;
    return { argument: 'targets', received: shares, message };
  }
  return null;
}
