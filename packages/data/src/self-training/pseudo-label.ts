import { type Classifier, InvalidArgumentError } from '@st/core';
import {
  checkClassifier,
  checkDatasetFits,
  checkKinds,
  checkKnownOptions,
  checkNumber,
  classifierOf,
  digestOfModel,
  NO_CLASS,
  nextTurn,
  predictedClasses,
  type Where,
} from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

import { checkImageDataset } from '../dataset/check-image-dataset.ts';
import type { ImageDataset } from '../dataset/image-dataset.ts';
import { subset } from '../views/subset.ts';
import { digestOfImages } from './digest-of-images.ts';
import type { PseudoLabeled } from './pseudo-labeled.ts';
import { withLabels } from './with-labels.ts';

const WHERE: Where = '[@st/data] pseudoLabel';

export type PseudoLabelOptions = {
  /** Keeps an image if the softmax of its predicted class reaches this, in [0, 1]; 0 keeps all, as robust self-training does. */
  readonly confidence: number;
  /** Images a batch. Default 128; the labels do not depend on it. */
  readonly batchSize?: number;
  /** Stops between two batches. */
  readonly signal?: AbortSignal;
  /** Called after each batch with the number of images labeled so far. */
  readonly onProgress?: (examined: number) => void | Promise<void>;
};

/**
 * Labels the images of a set by the predictions of a trained classifier, as stored and in mode `'inference'`; the set's own labels are
 * ignored. Ties go to the lower class.
 * @returns The images that are predicted with enough confidence, in the set's order, and where the labels came from. Augment them with
 * `augmented`, mix them with labeled ones by `semiSupervised`, keep them with `savePseudoLabeled`.
 * @throws {InvalidArgumentError} for a set that does not fit the model, logits that are NaN, or a confidence that no image reaches.
 * @throws `signal.reason` if the signal is aborted.
 * @example
 * const { dataset, provenance } = await pseudoLabel(teacher, unlabeled, { confidence: 0 });
 * @see Carmon et al. 2019, "Unlabeled Data Improves Adversarial Robustness", arXiv 1905.13736, section 4 (self-training)
 */
export async function pseudoLabel(
  model: Classifier | LayersModel,
  dataset: ImageDataset,
  options: PseudoLabelOptions,
): Promise<PseudoLabeled> {
  checkKnownOptions(WHERE, options, ['confidence', 'batchSize', 'signal', 'onProgress']);
  checkKinds(WHERE, options, { signal: 'signal', onProgress: 'function' });
  const confidence = checkNumber(WHERE, 'confidence', options.confidence, { min: 0, max: 1 });
  const batchSize = checkNumber(WHERE, 'batchSize', options.batchSize ?? 128, { min: 1, integer: true });
  checkImageDataset(WHERE, 'dataset', dataset);
  const classifier = isModel(model) ? classifierOf(model) : checkClassifier(WHERE, model);
  checkDatasetFits(WHERE, classifier, dataset);
  const predictions = await predictAll(classifier, dataset, batchSize, options);
  const kept = Int32Array.from({ length: dataset.size }, (_, i) => i).filter(
    (i) => (predictions.confidences[i] ?? 0) >= confidence,
  );
  if (kept.length === 0) refuseAll(dataset, confidence, predictions.confidences);
  const labels = kept.map((i) => predictions.labels[i] ?? 0);
  const perClass = new Array<number>(dataset.classes).fill(0);
  for (const label of labels) perClass[label] = (perClass[label] ?? 0) + 1;
  const modelDigest = await digestOfModel(classifier);
  const name = `${dataset.name}, pseudo-labelled by ${modelDigest?.slice(0, 8) ?? 'a function'} at ${confidence}`;
  return {
    dataset: withLabels(subset(dataset, kept, { name }), labels),
    indices: kept,
    confidences: Float32Array.from(kept, (i) => predictions.confidences[i] ?? 0),
    provenance: {
      modelDigest,
      dataDigest: await digestOfImages(dataset),
      dataset: dataset.name,
      confidence,
      examined: dataset.size,
      kept: kept.length,
      perClass,
    },
  };
}

/** Whether a value has the members of a `tf.LayersModel`, which `asClassifier` takes. */
function isModel(value: unknown): value is LayersModel {
  if (typeof value !== 'object' || value === null) return false;
  return typeof Reflect.get(value, 'apply') === 'function' && Array.isArray(Reflect.get(value, 'inputs'));
}

type Predictions = { readonly labels: Int32Array; readonly confidences: Float32Array };

async function predictAll(
  classifier: Classifier,
  dataset: ImageDataset,
  batchSize: number,
  { signal, onProgress }: PseudoLabelOptions,
): Promise<Predictions> {
  const labels = new Int32Array(dataset.size);
  const confidences = new Float32Array(dataset.size);
  for (let start = 0; start < dataset.size; start += batchSize) {
    signal?.throwIfAborted();
    const end = Math.min(start + batchSize, dataset.size);
    const rows = await probabilities(classifier, dataset, start, end);
    const predicted = predictedClasses(rows, classifier.classes, end - start);
    for (const [row, label] of predicted.entries()) {
      if (label === NO_CLASS) refuseNaN(start + row);
      labels[start + row] = label;
      confidences[start + row] = rows[row * classifier.classes + label] ?? 0;
    }
    await onProgress?.(end);
    await nextTurn();
  }
  return { labels, confidences };
}

async function probabilities(
  classifier: Classifier,
  dataset: ImageDataset,
  start: number,
  end: number,
): Promise<Float32Array> {
  const rows = tf.tidy(() => {
    const { images } = dataset.batch(Int32Array.from({ length: end - start }, (_, i) => start + i));
    return tf.softmax(classifier.logits(images, 'inference'));
  });
  try {
    return (await rows.data<'float32'>()).slice();
  } finally {
    rows.dispose();
  }
}

function refuseNaN(index: number): never {
  throw new InvalidArgumentError(
    `${WHERE}: logits must not be NaN, got one for image ${index}. The weights have diverged or the image holds NaN.`,
    { argument: 'model', received: Number.NaN },
  );
}

function refuseAll(dataset: ImageDataset, confidence: number, confidences: Float32Array): never {
  const highest = confidences.reduce((most, value) => Math.max(most, value), 0);
  throw new InvalidArgumentError(
    `${WHERE}: confidence must let some of the ${dataset.size} images of '${dataset.name}' through, got ${confidence} where the highest is ${highest.toFixed(4)}. Lower it, or train the classifier further.`,
    { argument: 'confidence', received: confidence },
  );
}
