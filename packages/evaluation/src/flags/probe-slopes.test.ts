import { asClassifier, type Classifier, createRng } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';
import { initializers, type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { quadrantImages, trainedNetwork } from '../trained-network.fixture.ts';
import type { Flag } from './flag.ts';
import { probeSlopes } from './probe-slopes.ts';

let trained: LayersModel;
let plain: Classifier;
beforeAll(async () => {
  trained = await trainedNetwork();
  plain = asClassifier(trained);
});
afterAll(() => trained.dispose());

/** Probes the images, and checks that no tensor is leaked. */
async function probe(classifier: Classifier, images: tf.Tensor4D, seed = 1): Promise<readonly Flag[]> {
  const before = tf.memory().numTensors;
  const flags = await probeSlopes(classifier, images, createRng(seed));
  expect(tf.memory().numTensors).toBe(before);
  return flags;
}

async function probeQuadrants(classifier: Classifier, count = 4, seed = 1): Promise<readonly Flag[]> {
  const { images, labels } = quadrantImages(8, 5).batch(Int32Array.from({ length: count }, (_, i) => i));
  try {
    return await probe(classifier, images, seed);
  } finally {
    tf.dispose([images, labels]);
  }
}

/** The trained network behind an identity op with the given gradient. */
function withGradient(change: (gradient: tf.Tensor4D) => tf.Tensor4D): Classifier {
  const identity = tf.customGrad((x) => ({
    value: tf.clone(x as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => change(dy as tf.Tensor4D),
  }));
  return asClassifier((images) => plain.logits(identity(images) as tf.Tensor4D, 'inference'), { classes: 4 });
}

const rowOf = (tensor: tf.Tensor4D, row: number): tf.Tensor4D => tf.slice(tensor, [row, 0, 0, 0], [1, -1, -1, -1]);

describe('probeSlopes', () => {
  it.each<[string, (gradient: tf.Tensor4D) => tf.Tensor4D]>([
    ['scaled by 2', (gradient) => tf.mul(gradient, 2)],
    ['scaled by 0.5', (gradient) => tf.mul(gradient, 0.5)],
    ['scaled by 1e-3', (gradient) => tf.mul(gradient, 1e-3)],
    ['negated', (gradient) => tf.neg(gradient)],
    [
      'zero except for the first image',
      (gradient) => tf.slice(tf.concat([rowOf(gradient, 0), tf.zerosLike(gradient)]), [0, 0, 0, 0], gradient.shape),
    ],
    ['of another image', (gradient) => tf.reverse(gradient, 0)],
    ['that of the first image for all', (gradient) => tf.mul(tf.onesLike(gradient), rowOf(gradient, 0))],
    ['flipped vertically', (gradient) => tf.reverse(gradient, 1)],
    ['summed over the batch', (gradient) => tf.mul(tf.onesLike(gradient), tf.sum(gradient, 0, true))],
    ['replaced by its sign', (gradient) => tf.sign(gradient)],
  ])('reports a gradient that is %s', async (_, change) => {
    for (const seed of [1, 2, 3]) {
      const [flag] = await probeQuadrants(withGradient(change), 4, seed);
      expect(flag).toMatchObject({ code: 'gradients-wrong', severity: 'invalid' });
    }
  });

  it('reports a wrong gradient for a single image', async () => {
    expect(
      await probeQuadrants(
        withGradient((gradient) => tf.mul(gradient, -1)),
        1,
      ),
    ).toHaveLength(1);
    expect(await probeQuadrants(plain, 1)).toEqual([]);
  });

  it('reports a gradient of 0 where the slope is not 0', async () => {
    const weights = createRng(2).normal([64, 4]) as tf.Tensor2D;
    const blind = tf.customGrad((x) => ({
      value: tf.clone(x as tf.Tensor),
      gradFunc: (dy) => tf.zerosLike(dy as tf.Tensor),
    }));
    const linear = asClassifier(
      (images) => tf.matMul(tf.reshape(blind(images), [images.shape[0], 64]), weights) as tf.Tensor2D,
      { classes: 4 },
    );
    expect(await probeQuadrants(linear)).toHaveLength(1);
    weights.dispose();
  });

  it.each<[string, (images: tf.Tensor4D) => tf.Tensor]>([
    ['the identity', (images) => images],
    ['a square root', (images) => tf.sqrt(images)],
    ['a steep square root', (images) => tf.mul(30, tf.sqrt(tf.mul(images, 1e-3)))],
    ['a hard step', (images) => tf.clipByValue(tf.mul(tf.sub(images, 0.45), 100), 0, 1)],
    ['a plateau', (images) => tf.clipByValue(images, 2, 3)],
    ['a smooth step', (images) => tf.sigmoid(tf.mul(tf.sub(images, 0.45), 30))],
    ['a saturated step', (images) => tf.sigmoid(tf.mul(tf.sub(images, 0.45), 1e4))],
    ['quantization', (images) => tf.div(tf.floor(tf.mul(images, 32)), 32)],
    ['fine quantization', (images) => tf.div(tf.round(tf.mul(images, 255)), 255)],
    ['max pooling', (images) => tf.tile(tf.maxPool(images, 2, 2, 'valid'), [1, 2, 2, 1])],
    ['overlapping max pooling', (images) => tf.maxPool(images, 3, 1, 'same')],
    ['average pooling', (images) => tf.tile(tf.avgPool(images, 2, 2, 'valid'), [1, 2, 2, 1])],
    ['absolute values', (images) => tf.abs(tf.sub(images, 0.4))],
    ['a wave', (images) => tf.sin(tf.mul(images, 40))],
    ['a fast wave', (images) => tf.sin(tf.mul(images, 4000))],
    ['the sign', (images) => tf.mul(images, tf.sign(tf.sub(images, 0.4)))],
  ])('reports nothing behind %s', async (_, see) => {
    const classifier = asClassifier((images) => plain.logits(see(images) as tf.Tensor4D, 'inference'), { classes: 4 });
    for (const seed of [1, 2, 3, 4, 5]) expect(await probeQuadrants(classifier, 4, seed)).toEqual([]);
  });

  it('reports nothing for a quantizer with a straight-through gradient, nor for scaled logits', async () => {
    const straight = tf.customGrad((x) => ({
      value: tf.div(tf.floor(tf.mul(x as tf.Tensor, 255)), 255),
      gradFunc: (dy) => dy,
    }));
    const through = asClassifier((images) => plain.logits(straight(images) as tf.Tensor4D, 'inference'), {
      classes: 4,
    });
    const scaled = (by: number) =>
      asClassifier((images) => tf.mul(by, plain.logits(images, 'inference')), { classes: 4 });
    for (const classifier of [through, scaled(1e6), scaled(1e-6)]) {
      for (const seed of [1, 2, 3]) expect(await probeQuadrants(classifier, 4, seed)).toEqual([]);
    }
  });

  it('reports nothing for stock layers, on noise, black and white images', async () => {
    const kernel = (seed: number) => initializers.heNormal({ seed });
    const model = sequential({
      layers: [
        layers.conv2d({
          inputShape: [8, 8, 1],
          filters: 6,
          kernelSize: 3,
          padding: 'same',
          activation: 'relu',
          kernelInitializer: kernel(1),
        }),
        layers.batchNormalization(),
        layers.maxPooling2d({ poolSize: 2 }),
        layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', depthwiseInitializer: kernel(2) }),
        layers.activation({ activation: 'elu' }),
        layers.averagePooling2d({ poolSize: 2 }),
        layers.dropout({ rate: 0.5 }),
        layers.flatten(),
        layers.dense({ units: 8, activation: 'tanh', kernelInitializer: kernel(3) }),
        layers.dense({ units: 4, kernelInitializer: kernel(4) }),
      ],
    });
    const classifier = asClassifier(model);
    const black = tf.zeros([4, 8, 8, 1]) as tf.Tensor4D;
    const white = tf.ones([2, 8, 8, 1]) as tf.Tensor4D;
    for (const seed of [1, 2, 3]) {
      expect(await probeQuadrants(classifier, 4, seed)).toEqual([]);
      for (const images of [black, white]) expect(await probe(classifier, images, seed)).toEqual([]);
    }
    tf.dispose([black, white]);
    model.dispose();
  });
});
