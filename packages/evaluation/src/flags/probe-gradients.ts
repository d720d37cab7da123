import type { Batch, Classifier } from '@st/core';
import { crossEntropyPerExample } from '@st/losses';
import * as tf from '@tensorflow/tfjs-core';

import { missingGradient } from '../attack-failure.ts';
import { type Flag, flag } from './flag.ts';

/** Counts of zero and non-finite gradients among the probed images. */
export type GradientCount = { readonly probed: number; readonly zero: number; readonly notFinite: number };

/**
 * Counts the images whose input gradient of the cross-entropy is exactly zero or not finite.
 * @returns The counts, or an error message if the model has no gradient.
 */
export async function countGradients(classifier: Classifier, batch: Batch): Promise<GradientCount | string> {
  let gradient: tf.Tensor4D;
  try {
    gradient = gradientOf(classifier, batch);
  } catch (error) {
    const missing = missingGradient(error);
    if (missing !== null) return missing;
    throw error;
  }
  const values = await gradient.data<'float32'>();
  gradient.dispose();
  const probed = batch.images.shape[0];
  const size = values.length / probed;
  const rows = Array.from({ length: probed }, (_, i) => values.subarray(i * size, (i + 1) * size));
  return {
    probed,
    zero: rows.filter((row) => row.every((value) => value === 0)).length,
    notFinite: rows.filter((row) => !row.every(Number.isFinite)).length,
  };
}

/** The input gradient of the cross-entropy; zeros if the logits do not depend on the images. */
function gradientOf(classifier: Classifier, { images, labels }: Batch): tf.Tensor4D {
  return tf.tidy(() => {
    const loss = (): tf.Scalar => tf.sum(crossEntropyPerExample(classifier.logits(images, 'inference'), labels));
    const { grads } = tf.engine().gradients(loss, [images], undefined, true);
    return (grads[0] as tf.Tensor4D | undefined) ?? tf.zerosLike(images);
  });
}

/** The flags that follow from the counts of one or more batches. */
export function gradientFlags(counts: readonly (GradientCount | string)[]): Flag[] {
  const missing = counts.find((count) => typeof count === 'string');
  if (missing !== undefined) return [flag('gradients-missing', missing)];
  const found = counts.filter((count) => typeof count !== 'string');
  const total = (key: keyof GradientCount): number => found.reduce((sum, count) => sum + count[key], 0);
  const evidence = { probed: total('probed'), zero: total('zero'), notFinite: total('notFinite') };
  const of = `of ${evidence.probed} correctly classified images probed.`;
  return [
    ...(evidence.zero > 0 ? [flag('gradients-zero', `${evidence.zero} ${of}`, evidence)] : []),
    ...(evidence.notFinite > 0 ? [flag('gradients-not-finite', `${evidence.notFinite} ${of}`, evidence)] : []),
  ];
}
