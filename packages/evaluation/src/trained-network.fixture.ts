import { naturalTraining } from '@st/attacks';
import { createRng, type Dataset, fit, SGD } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';
import { initializers, type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';

/** Grey images of 8 x 8 pixels in four classes: noise, with one quadrant brighter than the others. */
const SIDE = 8;
const CLASSES = 4;

/** How much brighter the quadrant is, and the amplitude of the uniform noise. */
const CONTRAST = 0.2;
const NOISE = 0.25;

/** Images whose classes alternate; the seed determines the noise. */
export function quadrantImages(size: number, seed: number): Dataset {
  const noise = createRng(seed);
  const images = Array.from({ length: size }, (_, i) =>
    Float32Array.from({ length: SIDE * SIDE }, (_, pixel) => {
      const [row, column] = [Math.floor(pixel / SIDE), pixel % SIDE];
      const quadrant = 2 * Number(row >= SIDE / 2) + Number(column >= SIDE / 2);
      return 0.4 + (quadrant === i % CLASSES ? CONTRAST : 0) + NOISE * (2 * noise.next() - 1);
    }),
  );
  return {
    name: 'quadrants',
    size,
    classes: CLASSES,
    imageShape: [SIDE, SIDE, 1],
    batch: (indices) => ({
      images: tf.tensor4d(Array.from(indices, (i) => Array.from(images[i] ?? [])).flat(), [
        indices.length,
        SIDE,
        SIDE,
        1,
      ]),
      labels: tf.tensor1d(
        Array.from(indices, (i) => i % CLASSES),
        'int32',
      ),
    }),
  };
}

/** A small network trained on such images by `fit`; the caller disposes it. */
export async function trainedNetwork(): Promise<LayersModel> {
  const model = sequential({
    layers: [
      layers.flatten({ inputShape: [SIDE, SIDE, 1] }),
      layers.dense({ units: 16, activation: 'relu', kernelInitializer: initializers.heNormal({ seed: 1 }) }),
      layers.dense({ units: CLASSES, kernelInitializer: initializers.heNormal({ seed: 2 }) }),
    ],
  });
  const optimizer = new SGD({ learningRate: 0.1, momentum: 0.9, weightDecay: 5e-4 });
  await fit(model, quadrantImages(256, 1), {
    objective: naturalTraining(),
    optimizer,
    epochs: 6,
    batchSize: 32,
    seed: 1,
  });
  optimizer.dispose();
  return model;
}
