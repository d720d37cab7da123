// Run by check-platforms.mjs under each platform's Node, or its emulation: compares passes of convolutions and a dense layer on the native back
// end with those on cpu, and writes the largest error, relative to the largest value, into the file named by its argument. (Under wine, Node's
// standard output cannot be opened.)
import { writeFileSync } from 'node:fs';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { instructionSet, nativeAvailable, setThreads } from '../src/index.ts';

const found = nativeAvailable();
if (!found.available) throw new Error(found.reason);
setThreads(2);
tf.env().set('PROD', true); // no warnings

/** A convolution by each algorithm (channels and strides decide), a ReLU, a pooling and a dense layer, and all gradients of their loss. */
function passes(): Float32Array[] {
  const images = tf.randomUniform<tf.Rank.R4>([2, 12, 12, 16], -1, 1, 'float32', 1);
  const first = tf.randomNormal<tf.Rank.R4>([3, 3, 16, 32], 0, 0.1, 'float32', 2);
  const second = tf.randomNormal<tf.Rank.R4>([3, 3, 32, 8], 0, 0.1, 'float32', 3);
  const dense = tf.randomNormal<tf.Rank.R2>([8, 3], 0, 0.1, 'float32', 4);
  const loss = (x: tf.Tensor, a: tf.Tensor, b: tf.Tensor, c: tf.Tensor): tf.Scalar => {
    const hidden = tf.relu(tf.conv2d(x as tf.Tensor4D, a as tf.Tensor4D, 1, 'same'));
    const pooled = tf.mean(tf.conv2d(hidden, b as tf.Tensor4D, 2, 'same'), [1, 2]);
    return tf.square(tf.sum(tf.logSoftmax(tf.matMul(pooled as tf.Tensor2D, c as tf.Tensor2D))));
  };
  const { value, grads } = tf.valueAndGrads(loss as (...args: tf.Tensor[]) => tf.Scalar)([
    images,
    first,
    second,
    dense,
  ]);
  return [value, ...grads].map((tensor) => tensor.dataSync<'float32'>());
}

async function valuesOn(backend: string): Promise<Float32Array[]> {
  await tf.setBackend(backend);
  return tf.tidy(passes);
}

const expected = await valuesOn('cpu');
const actual = await valuesOn('native');
const errors = expected.map((values, i) => {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return (
    values.reduce((most, value, j) => Math.max(most, Math.abs(value - (actual[i]?.[j] ?? Number.NaN))), 0) / largest
  );
});
const result = {
  platform: `${process.platform}-${process.arch}`,
  instructionSet: instructionSet(),
  error: Math.max(...errors),
};
writeFileSync(process.argv[2] as string, JSON.stringify(result));
