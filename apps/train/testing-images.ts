import { asClassifier, type Classifier } from '@st/core';
import { arrayDataset, type ImageDataset } from '@st/data';
import * as tf from '@tensorflow/tfjs-core';

const LEVELS = [120, 136, 122, 138];

/** Uniformly gray images, alternately below 127.5 (class 0) and above (class 1). */
export function testingImages(size: number): ImageDataset {
  const level = (i: number): number => LEVELS[i % LEVELS.length] ?? 0;
  return arrayDataset({
    name: 'grays',
    pixels: Uint8Array.from({ length: size * 48 }, (_, i) => level(Math.floor(i / 48))),
    labels: Uint8Array.from({ length: size }, (_, i) => i % 2),
    imageShape: [4, 4, 3],
    classes: 2,
    classNames: ['dark', 'bright'],
  });
}

/** Logits [-20 d, 20 d] for an image whose mean is 0.5 + d: easy to compute by hand. */
export function testingClassifier(): Classifier & { dispose(): void } {
  const slope = tf.keep(tf.tensor1d([-20, 20]));
  const logits = (images: tf.Tensor4D): tf.Tensor2D =>
    tf.tidy(() => tf.mul(tf.expandDims(tf.sub(tf.mean(images, [1, 2, 3]), 0.5), 1), slope));
  return { ...asClassifier(logits, { classes: 2 }), dispose: () => slope.dispose() };
}
