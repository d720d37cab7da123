// Trains a small network for 2 000 steps through the public API and fails unless memory stays flat: resident memory, the pool,
// tensors. `node scripts/check-soak.mjs 500` runs another number of steps. Requires the built package (`npm run build`).
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import '@tensorflow/tfjs-layers'; // registers the gradients
import * as tf from '@tensorflow/tfjs-core';
import { nativeAvailable } from '../dist/index.js';

const steps = Number(process.argv[2] ?? 2000);
/** Share of the run in which memory may settle, and its largest growth after that. */
const SETTLING = 0.2;
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
let settled;
const most = { numTensors: 0, pool: 0, resident: 0 };
for (let i = 0; i < steps; i++) {
  step(i);
  if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
  if (i % 50 !== 49) continue;
  const now = measure();
  if (i < steps * SETTLING) {
    settled = settled ?? now;
    for (const key of Object.keys(now)) settled[key] = Math.max(settled[key], now[key]);
  }
  for (const key of Object.keys(now)) most[key] = Math.max(most[key], now[key]);
  if (i % 500 === 499) console.log(`step ${i + 1}: ${JSON.stringify(now)}`);
}
const grown = Object.keys(most).filter((key) => most[key] > settled[key] * GROWTH[key]);
const loss = filters.every((filter) => filter.dataSync().every(Number.isFinite));
console.log(`${steps} steps: ${JSON.stringify(most)}${grown.length ? `; grew: ${grown.join(', ')}` : '; flat'}`);
if (grown.length > 0 || !loss) process.exitCode = 1;
