// A training loop as usually written in TensorFlow.js, and the same loop with squeeze training. Both train the same small network on the same 1 500
// images; then each is tested on natural images and under PGD. One to two minutes on the wasm back end.
// Run: node scripts/run-typescript.mjs examples/existing-loop.ts
import { CIFAR10_LINF, PGD_20, pgdSearch, squeezeTraining } from '@st/attacks';
import { useBackend } from '@st/backend';
import { asClassifier, type Batch, createRng, evaluate } from '@st/core';
import { batches, cifar10, take } from '@st/data';
import * as tf from '@tensorflow/tfjs-core';
import { initializers, type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';

// The loop as it was ------------------------------------------------------------------------------------------------------------

function trainNaturally(model: LayersModel, data: Iterable<Batch>): void {
  const optimizer = tf.train.adam(0.002);
  const weights = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  for (const { images, labels } of data) {
    optimizer.minimize(
      () => crossEntropy(model.apply(images, { training: true }) as tf.Tensor, labels),
      false,
      weights,
    );
  }
}

// The same loop, squeeze-trained ------------------------------------------------------------------------------------------------

const st = squeezeTraining({ epsilon: 8 / 255, steps: 3, stepSize: 4 / 255, beta: 3 }); // new

function trainSqueezed(model: LayersModel, data: Iterable<Batch>): void {
  const optimizer = tf.train.adam(0.002);
  const weights = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const classifier = asClassifier(model); // new
  for (const { images, labels } of data) {
    const examples = st.search(classifier, { images, labels }, rng); // new
    optimizer.minimize(() => st.loss(classifier, examples).total, false, weights); // changed
    tf.dispose(examples); // new
  }
}

// What both share ---------------------------------------------------------------------------------------------------------------

const rng = createRng(1);
const EPOCHS = 4;

/** A network of standard layers, including batch normalization and dropout. It ends in logits: no softmax. */
function buildModel(): LayersModel {
  return sequential({
    layers: [
      layers.conv2d({ inputShape: [32, 32, 3], filters: 8, kernelSize: 3, strides: 2, padding: 'same', ...start(1) }),
      layers.batchNormalization({ momentum: 0.9 }),
      layers.reLU(),
      layers.conv2d({ filters: 16, kernelSize: 3, strides: 2, padding: 'same', ...start(2) }),
      layers.batchNormalization({ momentum: 0.9 }),
      layers.reLU(),
      layers.flatten(),
      layers.dropout({ rate: 0.1, seed: 3 }),
      layers.dense({ units: 10, ...start(4) }),
    ],
  });
}

/** Seeds the initial weights, so that both networks start equal. */
function start(seed: number): { kernelInitializer: ReturnType<typeof initializers.heNormal> } {
  return { kernelInitializer: initializers.heNormal({ seed }) };
}

function crossEntropy(logits: tf.Tensor, labels: tf.Tensor1D): tf.Scalar {
  return tf.losses.softmaxCrossEntropy(tf.oneHot(labels, 10), logits);
}

const { line } = await useBackend('auto');
console.log(line);
const { train, test } = await cifar10();
const some = take(train, 1500);

/** The shuffled batches of every epoch. */
function* data(): Generator<Batch> {
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    yield* batches(some, { batchSize: 30, rng: rng.split(`epoch ${epoch}`) });
  }
}

const search = pgdSearch({ threat: CIFAR10_LINF, ...PGD_20 });
for (const [name, training] of [
  ['natural', trainNaturally],
  ['squeeze', trainSqueezed],
] as const) {
  const model = buildModel();
  const started = performance.now();
  training(model, data());
  const seconds = (performance.now() - started) / 1000;
  const { natural, adversarial } = await evaluate(model, test, { search, examples: 500 });
  console.log(
    `${name} training: ${natural.correct} of ${natural.total} test images right, ${adversarial?.correct} under PGD-20 (${seconds.toFixed(0)} s)`,
  );
  model.dispose();
}
