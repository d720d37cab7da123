// A CommonJS program of a user, compiled and run by `check-consumers.mjs`: Node 22 and later can `require` the packages, which are ES modules.
import attacks = require('@st/attacks');
import backend = require('@st/backend');
import core = require('@st/core');
import files = require('@st/core/node');
import data = require('@st/data');
import evaluation = require('@st/evaluation');
import models = require('@st/models');
import tf = require('@tensorflow/tfjs-core');

async function main(): Promise<void> {
  const { name } = await backend.useBackend('auto');
  if (name !== tf.getBackend()) throw new Error(`useBackend activated ${name} in another copy of tfjs-core`);
  const options = { depth: 10, widen: 1, classes: 3, inputShape: [8, 8, 3], seed: 1 } as const;
  const classifier = core.asClassifier(models.wideResnet(options));
  const search = attacks.pgdSearch({ threat: attacks.linf(8 / 255), steps: 1, stepSize: 4 / 255 });
  const images = tf.ones<tf.Rank.R4>([1, 8, 8, 3]);
  const { adversarial } = search(classifier, { images, labels: tf.tensor1d([2], 'int32') }, core.createRng(1));
  console.log(name, adversarial.shape, Object.keys({ ...files, ...data, ...evaluation }).length);
}

void main();
