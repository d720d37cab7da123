import type * as tf from '@tensorflow/tfjs-core';

import { checkKind } from '../errors/check-kind.ts';
import { checkNumber } from '../errors/check-options.ts';
import { checkTensor } from '../errors/check-tensor.ts';
import { checkClassifier } from './check-classifier.ts';
import type { Classifier } from './classifier.ts';

/** The predicted class of an image with a NaN among its logits. It equals no class index. */
export const NO_CLASS = -1;

/**
 * The logits of `images` in mode `'inference'`, read back row by row: `[batch * classes]`.
 * @throws {InvalidArgumentError} for arguments that are not a classifier and a tensor.
 */
export async function readLogits(classifier: Classifier, images: tf.Tensor4D): Promise<Float32Array> {
  const where = '[@st/core] readLogits';
  checkTensor(where, 'images', images, {});
  const logits = checkClassifier(where, classifier).logits(images, 'inference');
  try {
    return await logits.data<'float32'>();
  } finally {
    logits.dispose();
  }
}

/**
 * The class of the largest value of each row; at ties the lowest class. `NO_CLASS` if a value is NaN or missing, so that an image for which a classifier
 * gives no logits never counts as right.
 * @param rows - Logits or probabilities `[images * classes]`, row by row.
 * @returns `[images]`.
 * @throws {InvalidArgumentError} for arguments of another kind.
 */
export function predictedClasses(rows: ArrayLike<number>, classes: number, images: number): Int32Array {
  const where = '[@st/core] predictedClasses';
  checkKind(where, 'rows', rows, 'numbers');
  checkNumber(where, 'classes', classes, { min: 1, integer: true });
  checkNumber(where, 'images', images, { min: 0, integer: true });
  return Int32Array.from({ length: images }, (_, row) => largestOf(rows, row * classes, classes));
}

function largestOf(rows: ArrayLike<number>, start: number, classes: number): number {
  let largest = Number.NEGATIVE_INFINITY;
  let index = 0;
  for (let i = 0; i < classes; i++) {
    const value = rows[start + i] ?? Number.NaN;
    if (Number.isNaN(value)) return NO_CLASS;
    if (value > largest) {
      largest = value;
      index = i;
    }
  }
  return index;
}

/**
 * All classes, from the largest logit to the smallest; at ties the lower class first.
 * @param row - The logits of one image, none of them NaN.
 * @throws {InvalidArgumentError} for a value that is not a list of numbers.
 */
export function rankedClasses(row: ArrayLike<number>): number[] {
  checkKind('[@st/core] rankedClasses', 'row', row, 'numbers');
  return Array.from({ length: row.length }, (_, index) => index).sort((a, b) => descending(row[a] ?? 0, row[b] ?? 0));
}

/** A comparison for `sort` that also handles infinite numbers, whose difference is NaN. */
function descending(a: number, b: number): number {
  if (a === b) return 0;
  return a > b ? -1 : 1;
}
