import { blockedLength, readsAreFree } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

/** The published constant that avoids 0 / 0 for a zero direction. Negligible beside any other norm. */
const SMALLEST_NORM = 1e-20;

/**
 * The displacement `gamma ||w|| / (||d|| + 1e-20) d` of a weight tensor w along d; entries of d that are not finite count as 0. Must run
 * inside the caller's tidy.
 */
export function scaleToNorm(gamma: number, weight: tf.Tensor, direction: tf.Tensor): tf.Tensor {
  const { finite, length } = finiteOf(direction);
  const ratio = tf.div(blockedLength(weight), tf.add(length, SMALLEST_NORM));
  return tf.mul(tf.mul(gamma, ratio), finite);
}

/** A finite norm implies finite entries: where reading one number is free, this saves a pass over the tensor. */
function finiteOf(direction: tf.Tensor): { readonly finite: tf.Tensor; readonly length: tf.Scalar } {
  const length = blockedLength(direction);
  if (readsAreFree() && Number.isFinite(length.dataSync()[0])) return { finite: direction, length };
  const finite = tf.where(tf.isFinite(direction), direction, tf.zerosLike(direction));
  return { finite, length: blockedLength(finite) };
}
