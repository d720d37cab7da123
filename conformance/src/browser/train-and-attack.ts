import { linf, pgdSearch, squeezeTraining } from '@st/attacks';
import { asClassifier, createRng, SGD, trainStep } from '@st/core';
import { wideResnet } from '@st/models';
import * as tf from '@tensorflow/tfjs-core';

const EPSILON = 8 / 255;
const STEP_SIZE = 2 / 255;
const CLASSES = 3;
const BATCH = 8;

/** What one attack and one step of training make of a small network. */
export type Trained = { readonly loss: number; readonly weights: Float32Array; readonly adversarial: Float32Array };

/** PGD against a small WideResNet, then a step of squeeze training, on the active back end; always the same. */
export function trainAndAttack(): Trained {
  const model = wideResnet({
    ...{ depth: 10, widen: 1, widths: [8, 16, 16], classes: CLASSES, inputShape: [16, 16, 3], seed: 1 },
  });
  const classifier = asClassifier(model);
  const rng = createRng(1);
  const images = rng.uniform<tf.Rank.R4>([BATCH, 16, 16, 3]);
  const labels = tf.tensor1d(
    Array.from({ length: BATCH }, (_, i) => i % CLASSES),
    'int32',
  );
  const batch = { images, labels };
  const search = pgdSearch({ threat: linf(EPSILON), steps: 3, stepSize: STEP_SIZE });
  const { adversarial } = search(classifier, batch, rng);
  // The published start, 0.001 from the images, makes the first gradient a difference of nearly equal numbers, whose signs are those of rounding.
  const objective = squeezeTraining({ epsilon: EPSILON, stepSize: STEP_SIZE, steps: 2, beta: 6, start: 'uniform' });
  const terms = trainStep(classifier, batch, { objective, optimizer: new SGD({ learningRate: 0.1 }), rng });
  const trained = {
    loss: terms.total.dataSync()[0] ?? Number.NaN,
    weights: concatenated(classifier.parameters.map(({ variable }) => variable.dataSync() as Float32Array)),
    adversarial: adversarial.dataSync() as Float32Array,
  };
  tf.dispose([terms, adversarial, images, labels]);
  model.dispose();
  return trained;
}

function concatenated(arrays: readonly Float32Array[]): Float32Array {
  return Float32Array.from(arrays.flatMap((array) => [...array]));
}
