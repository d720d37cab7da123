// A custom loss: natural cross-entropy plus the squared distance between the logits of an image and of its adversarial example. It works with every
// search, the train step, weight perturbation and `fit`.
// Run: node scripts/run-typescript.mjs examples/add-a-loss.ts
import { linf, pgdSearch } from '@st/attacks';
import { useBackend } from '@st/backend';
import { asClassifier, createRng, type Loss, SGD, trainStep } from '@st/core';
import { batches, cifar10, take } from '@st/data';
import { crossEntropy, objective, squaredL2, withWeightPerturbation } from '@st/losses';
import { wideResnet } from '@st/models';
import * as tf from '@tensorflow/tfjs-core';

/** total = CE(natural, labels) + beta mean_i ||natural_i - adversarial_i||^2 */
function pairingLoss({ beta }: { readonly beta: number }): Loss<'natural' | 'adversarial'> {
  const loss: Loss<'natural' | 'adversarial'> = Object.assign(
    ({ natural, adversarial }: { natural: tf.Tensor2D; adversarial: tf.Tensor2D }, labels: tf.Tensor1D) =>
      tf.tidy(() => {
        const fit = crossEntropy(natural, labels);
        const distance = squaredL2(natural, adversarial);
        return { total: tf.add<tf.Scalar>(fit, tf.mul(distance, beta)), natural: fit, distance };
      }),
    {
      // the views that the model forwards, in order, with their batch-norm modes
      passes: [
        { view: 'natural', mode: 'batch-tracking' },
        { view: 'adversarial', mode: 'batch-tracking' },
      ] as const,
    },
  );
  return loss;
}

console.log((await useBackend('auto')).line);
const { train } = await cifar10();
const classifier = asClassifier(wideResnet({ depth: 10, widen: 1, classes: 10, seed: 1 }));

const search = pgdSearch({ threat: linf(8 / 255), steps: 3, stepSize: 4 / 255 });
const pairing = objective({ search, loss: pairingLoss({ beta: 0.5 }) });
const perturbed = withWeightPerturbation(pairing, { gamma: 0.005 }); // composes like a published objective
const optimizer = new SGD({ learningRate: 0.05, momentum: 0.9, weightDecay: 5e-4 });
const rng = createRng(1);
let step = 0;
for (const batch of batches(take(train, 1000), { batchSize: 50, rng })) {
  const terms = trainStep(classifier, batch, { objective: perturbed, optimizer, rng: rng.split(`step ${step}`) });
  const [total, natural, distance] = [terms.total, terms.natural, terms.distance].map((term) => term?.dataSync()[0]);
  console.log(
    `step ${++step}: total ${total?.toFixed(3)}, natural ${natural?.toFixed(3)}, distance ${distance?.toFixed(3)}`,
  );
  tf.dispose(terms);
}
