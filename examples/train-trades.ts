// Trains a small network with TRADES on 3 000 real CIFAR-10 images, keeps the checkpoint of the best robust accuracy, and evaluates it.
// About three minutes on two cores. Run: node scripts/run-typescript.mjs examples/train-trades.ts [folder]
import { linf, pgdSearch, tradesTraining } from '@st/attacks';
import { useBackend } from '@st/backend';
import { evaluate, fit, oneCycle, SGD } from '@st/core';
import { augmented, cifar10, horizontalFlip, randomCrop, take } from '@st/data';
import { CIFAR10_NORMALIZATION, wideResnet } from '@st/models';

const EPSILON = 8 / 255;
const EPOCHS = 6;
const BATCH_SIZE = 50;
const [folder] = process.argv.slice(2);

console.log((await useBackend('auto')).line);
const { train, validation, test } = await cifar10({ validation: 500, seed: 1 });
const images = augmented(take(train, 3000), [randomCrop({ padding: 4 }), horizontalFlip()]);
const model = wideResnet({ depth: 10, widen: 1, classes: 10, normalization: CIFAR10_NORMALIZATION, seed: 1 });

const search = pgdSearch({ threat: linf(EPSILON), steps: 5, stepSize: 2 / 255 });
await fit(model, images, {
  objective: tradesTraining({ epsilon: EPSILON, steps: 3, stepSize: 4 / 255, beta: 6 }),
  optimizer: new SGD({ learningRate: oneCycle(0.1, { rise: 0.4 }), momentum: 0.9, weightDecay: 5e-4 }),
  epochs: EPOCHS,
  batchSize: BATCH_SIZE,
  validation,
  evaluation: { search: search },
  seed: 1,
  ...(folder === undefined ? {} : { checkpoint: folder }), // to continue a run, pass `resume: true`
  onEvent: (event) => {
    if (event.type !== 'evaluation') return;
    const { natural, adversarial } = event.evaluation;
    console.log(
      `epoch ${event.epoch}: ${natural.correct} of ${natural.total} right, ${adversarial?.correct} under PGD`,
    );
  },
});

const { natural, adversarial } = await evaluate(model, test, { search: search, examples: 1000 });
console.log(`test: ${natural.correct} of ${natural.total} right, ${adversarial?.correct} under PGD`);
