import { linf, pgdSearch, squeezeSearch, tradesSearch } from '@st/attacks';
import { type Batch, type Classifier, createRng, type Objective, SGD, trainStep, valueAndGradients } from '@st/core';
import { crossEntropy, naturalLoss, noSearch, objective, squeezeLoss, tradesLoss } from '@st/losses';
import * as tf from '@tensorflow/tfjs-core';

import { CLASSES } from './model-named.ts';
import type { Case, Measure } from './row.ts';

/** Runs the work of a measure once and reads its result back, so that it is complete on return. */
export type Workload = () => void;

const ATTACK = { threat: linf(8 / 255), stepSize: 2 / 255 };
const BETA = 6;

/** Prepares batch and optimizer of a measure and returns the function to time. `steps` is the number of steps of the searches. */
export function workload(
  classifier: Classifier,
  { batch: size, measure }: Pick<Case, 'batch' | 'measure'>,
  steps: number,
): Workload {
  const rng = createRng(1);
  const batch = {
    images: rng.uniform<tf.Rank.R4>([size, 32, 32, 3]),
    labels: tf.tidy(() => tf.cast(rng.uniform<tf.Rank.R1>([size], 0, CLASSES), 'int32')),
  };
  return WORKLOADS[measure](classifier, batch, steps);
}

const WORKLOADS: Readonly<Record<Measure, (classifier: Classifier, batch: Batch, steps: number) => Workload>> = {
  forward: (classifier, { images }) => settled(() => classifier.logits(images, 'inference')),
  'input-gradient': (classifier, { images, labels }) => {
    const gradient = tf.grad((points) =>
      crossEntropy(classifier.logits(points as tf.Tensor4D, 'batch-frozen'), labels),
    );
    return settled(() => gradient(images));
  },
  'full-gradient': (classifier, { images, labels }) => {
    const natural = objective({ search: noSearch, loss: naturalLoss() });
    const examples = { labels, views: { natural: images } };
    return () => {
      const { terms, gradients } = valueAndGradients(natural, classifier, examples);
      terms.total.dataSync();
      tf.dispose([terms, [...gradients.values()]]);
    };
  },
  'squeeze-step': (classifier, batch, steps) => {
    const search = squeezeSearch({ ...ATTACK, steps, divergence: 'symmetric-kl' });
    return training(
      classifier,
      batch,
      objective({ search, loss: squeezeLoss({ beta: BETA, divergence: 'symmetric-kl' }) }),
    );
  },
  'trades-step': (classifier, batch, steps) => {
    const search = tradesSearch({ ...ATTACK, steps });
    return training(classifier, batch, objective({ search, loss: tradesLoss({ beta: BETA }) }));
  },
  'pgd-10': (classifier, batch, steps) => {
    const search = pgdSearch({ ...ATTACK, steps });
    const rng = createRng(2);
    return settled(() => search(classifier, batch, rng).adversarial);
  },
};

function training(classifier: Classifier, batch: Batch, trained: Objective): Workload {
  const optimizer = new SGD({ learningRate: 0.01, momentum: 0.9, weightDecay: 5e-4 });
  const rng = createRng(3);
  return () => {
    const terms = trainStep(classifier, batch, { objective: trained, optimizer, rng });
    terms.total.dataSync();
    tf.dispose(terms);
  };
}

function settled(compute: () => tf.Tensor): Workload {
  return () => {
    const result = compute();
    result.dataSync();
    result.dispose();
  };
}
