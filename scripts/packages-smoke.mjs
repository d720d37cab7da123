// Run by `check-packages.mjs` in a project with only the packed tarballs and tfjs: imports every package by its published name, and checks that one
// squeeze-training step changes the weights of a small network.
import assert from 'node:assert/strict';
import { squeezeTraining } from '@st/attacks';
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

assert.equal(typeof native.nativeAvailable, 'function');
assert.ok(Object.keys(files).length > 0);
assert.equal(typeof projectLinf, 'function');

for (const backend of ['cpu', 'wasm', 'st-wasm']) {
  const { name } = await useBackend(backend);
  assert.equal(name, tf.getBackend());
  const classifier = asClassifier(
    wideResnet({ depth: 10, widen: 1, widths: [2, 2, 2], classes: 3, inputShape: [8, 8, 3], seed: 1 }),
  );
  const objective = squeezeTraining({ epsilon: 8 / 255, stepSize: 4 / 255, steps: 1, beta: 3 });
  const images = tf.randomUniform([2, 8, 8, 3], 0, 1, 'float32', 1);
  const batch = { images, labels: tf.tensor1d([0, 2], 'int32') };
  const before = classifier.parameters.map(({ variable }) => variable.dataSync());
  const optimizer = new SGD({ learningRate: 0.1 });
  const { total } = trainStep(classifier, batch, { objective, optimizer, rng: createRng(1) });
  assert.ok(Number.isFinite(total.dataSync()[0]));
  classifier.parameters.forEach(({ name, variable }, i) => {
    assert.notDeepEqual(variable.dataSync(), before[i], `${name} did not change on ${backend}`);
  });
  const logits = classifier.logits(images, 'inference');
  assert.ok(Number.isFinite(crossEntropy(logits, batch.labels).dataSync()[0]));
  const dataset = arrayDataset({
    name: 'noise',
    pixels: images.dataSync(),
    labels: [0, 2],
    imageShape: [8, 8, 3],
    classes: 3,
  });
  const { natural, robust } = await evaluateRobustness({ classifier, dataset, attacks: [], seed: 1 });
  assert.deepEqual(robust, natural);
}
