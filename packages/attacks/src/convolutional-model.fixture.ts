import { asClassifier, type Batch, type Classifier, createRng } from '@st/core';
import { crossEntropyPerExample } from '@st/losses';
import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';

/** A small convolutional network with batch norm, and five images of four classes: the same on every back end. */
export type ConvolutionalModel = Batch & {
  readonly classifier: Classifier;
  /** The loss of points in place of the images, summed over the batch. */
  readonly lossAt: (points: tf.Tensor4D) => number;
  readonly dispose: () => void;
};

export function convolutionalModel(): ConvolutionalModel {
  const normal = (seed: number) => initializers.randomNormal({ mean: 0, stddev: 0.5, seed });
  const model = sequential({
    layers: [
      layers.conv2d({ inputShape: [6, 6, 2], filters: 3, kernelSize: 3, kernelInitializer: normal(1) }),
      layers.batchNormalization(),
      layers.reLU(),
      layers.flatten(),
      layers.dense({ units: 4, kernelInitializer: normal(2) }),
    ],
  });
  const classifier = asClassifier(model);
  const images = createRng(1).uniform<tf.Rank.R4>([5, 6, 6, 2]);
  const labels = tf.tensor1d([0, 1, 2, 3, 0], 'int32');
  const lossAt = (points: tf.Tensor4D): number =>
    tf.tidy(
      () => tf.sum(crossEntropyPerExample(classifier.logits(points, 'inference'), labels)).dataSync()[0] ?? Number.NaN,
    );
  const dispose = (): void => {
    tf.dispose([images, labels]);
    model.dispose();
  };
  return { classifier, images, labels, lossAt, dispose };
}
