// Run in a project that installed the packed packages: imports every package by its published name, and on each back end named by the arguments (default: the
// one that `auto` chooses) runs a PGD attack, a squeeze-training step and an evaluation. Prints the names of these back ends as JSON.
import assert from 'node:assert/strict';
import { linf, pgdSearch, squeezeTraining } from '@st/attacks';
import { projectLinf } from '@st/attacks/parts';
import { useBackend } from '@st/backend';
import * as native from '@st/backend-native';
import { asClassifier, createRng, SGD, trainStep } from '@st/core';
import * as files from '@st/core/node';
import { arrayDataset } from '@st/data';
import { evaluateRobustness } from '@st/evaluation';
import { crossEntropy } from '@st/losses';
import { wideResnet } from '@st/models';
import * as tf from '@tensorflow/tfjs-core';

const EPSILON = 8 / 255;
assert.equal(typeof native.nativeAvailable, 'function');
assert.ok(Object.keys(files).length > 0);
assert.equal(typeof projectLinf, 'function');

const asked = process.argv.slice(2);
const chosen = [];
for (const backend of asked.length > 0 ? asked : ['auto']) {
  const { name, line } = await useBackend(backend);
  assert.equal(name, tf.getBackend());
  const classifier = asClassifier(
    wideResnet({ depth: 10, widen: 1, widths: [2, 2, 2], classes: 3, inputShape: [8, 8, 3], seed: 1 }),
  );
  const images = tf.randomUniform([2, 8, 8, 3], 0, 1, 'float32', 1);
  const batch = { images, labels: tf.tensor1d([0, 2], 'int32') };
  attack(classifier, batch);
  trainOneStep(classifier, batch);
  await evaluate(classifier, batch);
  chosen.push({ name, line });
}
console.log(JSON.stringify(chosen));

function attack(classifier, batch) {
  const search = pgdSearch({ threat: linf(EPSILON), steps: 3, stepSize: 4 / 255 });
  const { adversarial } = search(classifier, batch, createRng(1));
  const moved = tf.max(tf.abs(tf.sub(adversarial, batch.images))).dataSync()[0];
  assert.ok(moved > 0 && moved <= EPSILON + 1e-6, `PGD moved a pixel by ${moved}`);
}

function trainOneStep(classifier, batch) {
  const before = classifier.parameters.map(({ variable }) => variable.dataSync());
  const objective = squeezeTraining({ epsilon: EPSILON, stepSize: 4 / 255, steps: 1, beta: 3 });
  const optimizer = new SGD({ learningRate: 0.1 });
  const { total } = trainStep(classifier, batch, { objective, optimizer, rng: createRng(1) });
  assert.ok(Number.isFinite(total.dataSync()[0]));
  classifier.parameters.forEach(({ name, variable }, i) => {
    assert.notDeepEqual(variable.dataSync(), before[i], `${name} did not change on ${tf.getBackend()}`);
  });
}

async function evaluate(classifier, { images, labels }) {
  const logits = classifier.logits(images, 'inference');
  assert.ok(Number.isFinite(crossEntropy(logits, labels).dataSync()[0]));
  const pixels = images.dataSync();
  const dataset = arrayDataset({ name: 'noise', pixels, labels: [0, 2], imageShape: [8, 8, 3], classes: 3 });
  const { natural, robust } = await evaluateRobustness({ classifier, dataset, attacks: [], seed: 1 });
  assert.deepEqual(robust, natural);
}
