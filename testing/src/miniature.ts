import { createRng, type Dataset } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';
import { initializers, type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';

const SIDE = 4;
const CLASSES = 3;

/**
 * Noisy gray images of 4 x 4 pixels in 3 classes, label i % 3. Class k has brighter pixels at k, k + 3, k + 6, ... With a generator, the whole
 * batch is brightened by one draw from [0, 0.1).
 */
export function miniatureDataset(options: { size?: number; seed?: number; name?: string } = {}): Dataset {
  const { size = 50, seed = 1, name = 'miniature' } = options;
  const rng = createRng(seed);
  const pixels = Array.from({ length: size }, (_, i) =>
    Float32Array.from({ length: SIDE * SIDE }, (_, p) => (p % CLASSES === i % CLASSES ? 0.4 : 0.2) + 0.4 * rng.next()),
  );
  return {
    name,
    size,
    classes: CLASSES,
    imageShape: [SIDE, SIDE, 1],
    batch: (indices, augmentation) => {
      const chosen = Array.from(indices);
      const shift = augmentation ? 0.1 * augmentation.next() : 0;
      const values = chosen.flatMap((i) => Array.from(pixels[i] ?? [], (value) => value + shift));
      return {
        images: tf.tensor4d(values, [chosen.length, SIDE, SIDE, 1]),
        labels: tf.tensor1d(
          chosen.map((i) => i % CLASSES),
          'int32',
        ),
      };
    },
  };
}

/** A stock batch norm and two dense layers, named, with seeded weights: the smallest model that has all the parts of a training. */
export function miniatureModel(options: { hidden?: number; classes?: number } = {}): LayersModel {
  const { hidden = 8, classes = CLASSES } = options;
  const kernel = (seed: number) => initializers.glorotUniform({ seed });
  return sequential({
    layers: [
      layers.batchNormalization({ name: 'norm', inputShape: [SIDE, SIDE, 1] }),
      layers.flatten({ name: 'flat' }),
      layers.dense({ name: 'hidden', units: hidden, activation: 'tanh', kernelInitializer: kernel(1) }),
      layers.dense({ name: 'logits', units: classes, kernelInitializer: kernel(2) }),
    ],
  });
}
