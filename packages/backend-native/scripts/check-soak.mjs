// Trains a small network through the public API and fails unless memory becomes flat: resident memory, the pool and tensors do not grow for 2 000 steps
// in a row. They may grow before: how many blocks the pool needs depends on how far JavaScript runs ahead of the kernels, and the longest run is rare.
// A leak never becomes flat. `node scripts/check-soak.mjs 500` wants another number of steps. Requires the built package (`npm run build`).
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import '@tensorflow/tfjs-layers'; // registers the gradients
import * as tf from '@tensorflow/tfjs-core';
import { nativeAvailable } from '../dist/index.js';

/** Steps in a row without growth, and after how many times as many steps the check fails. */
const steps = Number(process.argv[2] ?? 2000);
const PATIENCE = 5;
/** The largest ratio of two measurements that is no growth. */
const GROWTH = { numTensors: 1, pool: 1, resident: 1.03 };

// Memory that JavaScript has dropped but not yet collected is no leak.
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

const availability = nativeAvailable();
if (!availability.available) {
  console.log(`skipped: ${availability.reason}`);
  process.exit(0);
}
await tf.setBackend('native');

const filters = [
  [3, 16],
  [16, 32],
  [32, 32],
].map(([from, to], i) => tf.variable(tf.randomNormal([3, 3, from, to], 0, 0.2, 'float32', i + 1)));
const dense = tf.variable(tf.randomNormal([32, 10], 0, 0.2, 'float32', 9));
const network = (x) => {
  const features = filters.reduce((at, filter, i) => tf.relu(tf.conv2d(at, filter, i === 1 ? 2 : 1, 'same')), x);
  return tf.matMul(tf.mean(features, [1, 2]), dense);
};
const optimizer = tf.train.momentum(0.01, 0.9);

function step(i) {
  // Batches of changing size, like the last one of an epoch.
  const batch = i % 10 === 9 ? 5 : 16;
  tf.tidy(() => {
    const x = tf.fill([batch, 16, 16, 3], (i % 7) / 7);
    const labels = tf.oneHot(tf.fill([batch], i % 10, 'int32'), 10);
    const direction = tf.grad((at) => tf.losses.softmaxCrossEntropy(labels, network(at)))(x);
    const attacked = tf.clipByValue(tf.add(x, tf.mul(tf.sign(direction), 2 / 255)), 0, 1);
    optimizer.minimize(() => tf.losses.softmaxCrossEntropy(labels, network(attacked)));
  });
}

const measure = () => {
  collect();
  const { numTensors, pool } = tf.memory();
  return { numTensors, pool: pool.used + pool.free, resident: process.memoryUsage.rss() };
};
const grownIn = (now, before) => Object.keys(now).filter((key) => now[key] > before[key] * GROWTH[key]);
const reference = { numTensors: 0, pool: 0, resident: 0 };
let grown = [];
let flatSince = 0;
let done = 0;
while (done - flatSince < steps && done < PATIENCE * steps) {
  step(done);
  done++;
  if (done % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
  if (done % 50 !== 0) continue;
  const now = measure();
  const larger = grownIn(now, reference);
  if (larger.length > 0) {
    grown = larger;
    for (const key of larger) reference[key] = now[key];
    flatSince = done;
  }
  if (done % 500 === 0) console.log(`step ${done}: ${JSON.stringify(now)}`);
}
const isFlat = done - flatSince >= steps;
const loss = filters.every((filter) => filter.dataSync().every(Number.isFinite));
console.log(isFlat ? `flat from step ${flatSince} to ${done}` : `grew until step ${flatSince}: ${grown.join(', ')}`);
if (!isFlat || !loss) process.exitCode = 1;
