import { asClassifier, type Classifier, createRng, type Objective, SGD, trainStep } from '@st/core';
import type { Progress } from '@st/core/kit';
import { countTensors, keep } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';

import { adversarialLoss } from './adversarial-loss.ts';
import { naturalLoss } from './natural-loss.ts';
import { noSearch, objective } from './objective.ts';
import { withDelay } from './with-delay.ts';
import { withWeightPerturbation } from './with-weight-perturbation.ts';

const inverted = objective({
  search: (_classifier, { images }) => ({ adversarial: tf.sub(1, images) }),
  loss: adversarialLoss(),
});
const flat = objective({
  search: (_classifier, { images }) => ({ adversarial: tf.zerosLike(images) }),
  loss: adversarialLoss(),
});
const natural = objective({ search: noSearch, loss: naturalLoss() });

function setUp(): { classifier: Classifier; weights: () => number[]; step: (o: Objective, at?: Progress) => void } {
  const model = sequential({
    layers: [layers.flatten({ inputShape: [2, 2, 1] }), layers.dense({ name: 'logits', units: 3 })],
  });
  tf.tidy(() => model.setWeights(model.getWeights().map(({ shape }) => createRng(4).uniform(shape, -1, 1))));
  const optimizer = new SGD({ learningRate: 0.1, momentum: 0.9 });
  keep(model, optimizer);
  const classifier = asClassifier(model);
  return {
    classifier,
    weights: () => classifier.parameters.flatMap(({ variable }) => [...variable.dataSync()]),
    step: (trained, progress) =>
      tf.tidy(() => {
        const batch = {
          images: createRng(1).uniform<tf.Rank.R4>([4, 2, 2, 1]),
          labels: tf.tensor1d([0, 1, 2, 0], 'int32'),
        };
        trainStep(classifier, batch, { objective: trained, optimizer, rng: createRng(2), progress });
      }),
  };
}

/** Progress after `taken` steps, with two steps per epoch. */
const at = (taken: number): Progress => ({
  epoch: Math.floor(taken / 2) + 1,
  step: taken % 2,
  stepsPerEpoch: 2,
  epochs: 9,
});

describe('withDelay', () => {
  it.each([
    ['natural training', undefined],
    ['another objective', flat],
  ])('takes the same steps as %s for the first steps, then those of the delayed objective', (_, before) => {
    const ours = setUp();
    const theirs = setUp();
    const st = withDelay(inverted, { steps: 3, ...(before ? { before } : {}) });
    for (let taken = 0; taken < 6; taken++) {
      ours.step(st, at(taken));
      theirs.step(taken < 3 ? (before ?? natural) : inverted, at(taken));
      expect(ours.weights(), `step ${taken}`).toEqual(theirs.weights());
    }
  });

  it('combines with weight perturbation inside and outside', () => {
    const awp = (inner: Objective): Objective => withWeightPerturbation(inner, { gamma: 0.1 });
    const [inside, outside, plain] = [setUp(), setUp(), setUp()];
    inside.step(withDelay(awp(inverted), { steps: 0 }), at(0));
    outside.step(awp(withDelay(inverted, { steps: 0 })), at(0));
    plain.step(inverted, at(0));
    expect(inside.weights()).toEqual(outside.weights());
    expect(inside.weights()).not.toEqual(plain.weights());
  });

  it('leaks no tensor', () => {
    const { step } = setUp();
    const st = withDelay(inverted, { steps: 2 });
    step(st, at(0)); // makes the optimizer's slots
    expect(countTensors(() => [1, 2, 3].map((taken) => step(st, at(taken))))).toBe(0);
  });

  it('reports its settings, so that a run cannot be resumed with another delay', () => {
    expect(withDelay({ ...inverted, settings: { a: 1 } }, { steps: 2 }).settings).toEqual({
      delayedSteps: 2,
      before: null,
      after: { a: 1 },
    });
  });

  it('rejects a missing progress, examples of another search, negative steps, replayed batches and unknown options', () => {
    const { step, classifier } = setUp();
    expect(() => step(withDelay(inverted, { steps: 2 }))).toThrow(
      '[@st/losses] withDelay: search needs to know the step, got no progress. Pass { progress } to trainStep; fit passes it.',
    );
    tf.tidy(() => {
      const images = tf.zeros<tf.Rank.R4>([1, 2, 2, 1]);
      const examples = { labels: tf.tensor1d([0], 'int32'), views: { natural: images, adversarial: images } };
      expect(() => withDelay(inverted, { steps: 2 }).loss(classifier, examples)).toThrow(
        'the examples must come from its own search, got others.',
      );
    });
    expect(() => withDelay(inverted, { steps: -1 })).toThrow(
      '[@st/losses] withDelay: steps must be an integer >= 0, got -1.',
    );
    expect(() => withDelay({ ...inverted, replays: 4 }, { steps: 1 })).toThrow(
      'neither objective may replay batches, got one that trains on each batch 4 times.',
    );
    expect(() => withDelay(inverted, { steps: 1, ...{ befor: natural } })).toThrow(
      "unknown option 'befor'. Known: steps, before.",
    );
  });
});
