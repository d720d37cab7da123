import {
  asClassifier,
  type BatchNormMode,
  type Classifier,
  createRng,
  type Examples,
  type LossTerms,
  type Objective,
  type Search,
  SGD,
  trainStep,
} from '@st/core';
import { countTensors, expectClose, keep } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { naturalLoss } from './natural-loss.ts';
import { noSearch, objective } from './objective.ts';
import { tradesLoss } from './trades-loss.ts';
import { withRandomWeightPerturbation } from './with-random-weight-perturbation.ts';
import { withWeightPerturbation } from './with-weight-perturbation.ts';

/** A tfjs batch normalization, and two kernels with biases. */
function network(): Classifier {
  const model = sequential({
    layers: [
      layers.batchNormalization({ name: 'norm', inputShape: [2, 2, 1] }),
      layers.flatten({ name: 'flat' }),
      layers.dense({ name: 'hidden', units: 5, activation: 'tanh', kernelInitializer: 'glorotUniform' }),
      layers.dense({ name: 'logits', units: 3 }),
    ],
  });
  const rng = createRng(4);
  tf.tidy(() => model.setWeights(model.getWeights().map((weight) => rng.uniform(weight.shape, 0.1, 1))));
  keep(model);
  return asClassifier(model);
}

function batchOf(size = 6): { images: tf.Tensor4D; labels: tf.Tensor1D } {
  const batch = {
    images: createRng(1).uniform<tf.Rank.R4>([size, 2, 2, 1]),
    labels: tf.tensor1d(
      Array.from({ length: size }, (_, i) => i % 3),
      'int32',
    ),
  };
  keep(batch.images, batch.labels);
  return batch;
}

const natural = objective({ search: noSearch, loss: naturalLoss() });

/** A classifier with one named weight matrix, and a loss that is linear in it: the gradient is `slope` everywhere. */
function linear(name: string, weights: number[], slope: number[]): { classifier: Classifier; straight: Objective } {
  const variable = tf.tidy(() => tf.variable(tf.tensor2d(weights, [1, weights.length])));
  keep(variable);
  const classifier = asClassifier((images) => tf.zeros([images.shape[0], 3]), {
    classes: 3,
    parameters: [{ name, variable }],
  });
  const straight: Objective = {
    ...natural,
    loss: () => tf.tidy(() => ({ total: tf.sum<tf.Scalar>(tf.mul(variable, tf.tensor2d(slope, [1, slope.length]))) })),
  };
  return { classifier, straight };
}

const valuesOf = (classifier: Classifier): number[][] =>
  [...classifier.parameters, ...classifier.statistics].map(({ variable }) => Array.from(variable.dataSync()));

/** The weights during the update. */
function weightsInside(training: Objective, classifier: Classifier, examples: Examples): number[][] {
  return training.wrapUpdate(classifier, examples, () => valuesOf(classifier), { rng: createRng(7) });
}

function examplesOf(classifier: Classifier): Examples {
  const examples = natural.search(classifier, batchOf(), createRng(1));
  keep({ dispose: () => tf.dispose(examples) });
  return examples;
}

describe('withWeightPerturbation', () => {
  it('moves a weight tensor along its gradient by gamma times its norm', () => {
    // ||w|| = 5 and gradient (0, 2): w + 0.1 * 5 * (0, 1)
    const { classifier, straight } = linear('head/kernel', [3, 4], [0, 2]);
    const training = withWeightPerturbation(straight, { gamma: 0.1 });
    const [weights = []] = weightsInside(training, classifier, examplesOf(classifier));
    expectClose(weights, [3, 4.5]);
    expectClose(classifier.parameters[0]?.variable ?? [], [3, 4]);
  });

  it('moves each tensor of rank > 1 by gamma times its norm, but not scales, biases or statistics', () => {
    const classifier = network();
    const before = valuesOf(classifier);
    const inside = weightsInside(withWeightPerturbation(natural, { gamma: 0.02 }), classifier, examplesOf(classifier));
    const names = [...classifier.parameters, ...classifier.statistics].map(({ name }) => name);
    const moved = names.map((name, i) => {
      const [from = [], to = []] = [before[i], inside[i]];
      return { name, share: Math.hypot(...to.map((value, k) => value - (from[k] ?? 0))) / Math.hypot(...from) };
    });
    for (const { name, share } of moved) expect(share, name).toBeCloseTo(name.endsWith('kernel') ? 0.02 : 0, 6);
    expect(valuesOf(classifier)).toEqual(before);
  });

  it('raises the loss at the displaced weights more than a random direction of the same length', () => {
    const classifier = network();
    const examples = examplesOf(classifier);
    const lossInside = (training: Objective): number =>
      training.wrapUpdate(
        classifier,
        examples,
        () => tf.tidy(() => natural.loss(classifier, examples).total.dataSync()[0] ?? Number.NaN),
        { rng: createRng(1) },
      );
    const [flat, random, ascent] = [
      lossInside(natural),
      lossInside(withRandomWeightPerturbation(natural, { gamma: 0.05 })),
      lossInside(withWeightPerturbation(natural, { gamma: 0.05 })),
    ];
    expect(ascent).toBeGreaterThan((flat ?? 0) + 1e-3);
    expect(ascent).toBeGreaterThan((random ?? 0) + 1e-3);
  });

  it('computes gradient and weight decay at the displaced weights, then removes the displacement', () => {
    // w = 2, gradient 1 everywhere: displaced to 2.5; sgd: 2.5 - 0.1 * (1 + 0.2 * 2.5) = 2.35; back by 0.5: 1.85
    const { classifier, straight } = linear('kernel', [2], [1]);
    const optimizer = new SGD({ learningRate: 0.1, weightDecay: 0.2 });
    keep(optimizer);
    const training = withWeightPerturbation(straight, { gamma: 0.25 });
    tf.dispose(trainStep(classifier, batchOf(), { objective: training, optimizer, rng: createRng(1) }));
    expectClose(classifier.parameters[0]?.variable ?? [], [1.85]);
  });

  it('uses batch statistics in the ascent pass, and does not update the running statistics there', () => {
    const modes: BatchNormMode[] = [];
    const classifier = network();
    const spy: Classifier = {
      ...classifier,
      logits: (images, mode) => {
        modes.push(mode);
        return classifier.logits(images, mode);
      },
    };
    const examples = examplesOf(classifier);
    const [mean, variance] = classifier.statistics.map(({ variable }) => variable.dataSync().slice());
    tf.tidy(() => {
      const training = withWeightPerturbation(natural, { gamma: 0.01 });
      training.wrapUpdate(spy, examples, () => {
        expect(modes).toEqual(['batch-frozen']);
        expect(classifier.statistics.map(({ variable }) => variable.dataSync())).toEqual([mean, variance]);
      });
    });
  });

  it('skips statistics passes in the ascent pass', () => {
    const passes: string[] = [];
    const inner = network();
    const classifier: Classifier = {
      ...inner,
      statistics: inner.statistics.map(({ name, variable }) => ({ name, variable })), // without the share that they keep
      logits: (images, mode) => {
        passes.push(mode);
        return inner.logits(images, mode);
      },
    };
    const search: Search<'adversarial'> = (_classifier, { images }) => ({ adversarial: tf.add(images, 0.1) });
    const awp = withWeightPerturbation(objective({ search, loss: tradesLoss({ beta: 6 }) }), { gamma: 0.1 });
    const optimizer = new SGD({ learningRate: 0.1 });
    keep(optimizer);
    tf.dispose(trainStep(classifier, batchOf(), { objective: awp, optimizer, rng: createRng(1) }));
    expect(passes).toEqual([
      ...['batch-frozen', 'batch-frozen'], // the ascent: natural and adversarial
      ...['batch-tracking', 'batch-tracking', 'batch-tracking'],
    ]);
  });

  it('restores weights of any size bit for bit if the update does not change them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 6 }),
        (weights) => {
          const { classifier, straight } = linear(
            'kernel',
            weights,
            weights.map((_, i) => i - 1.5),
          );
          const before = valuesOf(classifier);
          withWeightPerturbation(straight, { gamma: 0.013 }).wrapUpdate(classifier, examplesOf(classifier), () => null);
          expect(valuesOf(classifier)).toEqual(before);
        },
      ),
      { numRuns: 30, seed: 1 },
    );
  });

  it('restores all parameters bit for bit if the step throws after updating half of them', () => {
    const classifier = network();
    const before = valuesOf(classifier);
    const training = withWeightPerturbation(natural, { gamma: 0.05 });
    const examples = examplesOf(classifier);
    const failing = (): void => {
      training.wrapUpdate(classifier, examples, () => {
        for (const { variable } of classifier.parameters.slice(0, 3)) {
          tf.tidy(() => variable.assign(tf.add(variable, 1)));
        }
        throw new Error('half way');
      });
    };
    expect(countTensors(() => expect(failing).toThrow('half way'))).toBe(0);
    expect(valuesOf(classifier)).toEqual(before);
  });

  it('nests: the inner direction is computed at the outer displacement, and both are removed', () => {
    const { classifier, straight } = linear('kernel', [3, 4], [0, 1]);
    const twice = withWeightPerturbation(withWeightPerturbation(straight, { gamma: 0.1 }), { gamma: 0.2 });
    const [weights = []] = weightsInside(twice, classifier, examplesOf(classifier));
    expectClose(weights, [3, 5 + 0.1 * Math.hypot(3, 5)]);
    expectClose(classifier.parameters[0]?.variable ?? [], [3, 4]);
  });

  it('does not move tensors whose gradient is missing or zero', () => {
    const { classifier, straight } = linear('kernel', [3, 4], [0, 0]);
    const examples = examplesOf(classifier);
    expect(weightsInside(withWeightPerturbation(straight, { gamma: 0.1 }), classifier, examples)).toEqual([[3, 4]]);
    const unreached: Objective = { ...straight, loss: () => ({ total: tf.scalar(1) }) };
    expect(() => weightsInside(withWeightPerturbation(unreached, { gamma: 0.1 }), classifier, examples)).toThrow(
      /Cannot find a connection/,
    );
  });

  it('ascends the term named by the option ascend', () => {
    const { classifier, straight } = linear('kernel', [3, 4], [0, 1]);
    const examples = examplesOf(classifier);
    const weight = classifier.parameters[0]?.variable ?? tf.zeros([1, 2]);
    const loss = (): LossTerms => {
      const { total } = straight.loss(classifier, examples);
      return { total, robust: tf.sum<tf.Scalar>(tf.slice(weight, [0, 0], [1, 1])) };
    };
    const along = (ascend: string) =>
      tf.tidy(() =>
        weightsInside(withWeightPerturbation({ ...straight, loss }, { gamma: 0.1, ascend }), classifier, examples),
      );
    expectClose(along('robust')[0] ?? [], [3.5, 4]);
    expectClose(along('total')[0] ?? [], [3, 4.5]);
    expect(() => along('robsut')).toThrow(
      "[@st/losses] withWeightPerturbation: ascend must be a term of the objective's loss (total, robust), got 'robsut'.",
    );
  });

  it('takes the direction of a float32 step with proxyLearningRate, which loses what rounding removes', () => {
    const { classifier, straight } = linear('kernel', [1, 1], [1e-3, 1]);
    const examples = examplesOf(classifier);
    const inside = (proxyLearningRate: number) =>
      weightsInside(withWeightPerturbation(straight, { gamma: 0.5, proxyLearningRate }), classifier, examples)[0] ?? [];
    expectClose(inside(0.01), [1 + 1e-3 * Math.SQRT1_2, 1 + Math.SQRT1_2], 1e-2);
    expect(inside(1e-5)[0]).toBe(1); // 1 + 1e-8 is 1 in float32
  });

  it('starts after the warm-up', () => {
    const { classifier, straight } = linear('kernel', [3, 4], [0, 2]);
    const training = withWeightPerturbation(straight, { gamma: 0.1, warmupEpochs: 2 });
    const examples = examplesOf(classifier);
    const inEpoch = (epoch: number): number[] => {
      const progress = { epoch, step: 0, stepsPerEpoch: 5, epochs: 4 };
      return training.wrapUpdate(classifier, examples, () => valuesOf(classifier)[0] ?? [], {
        rng: createRng(1),
        progress,
      });
    };
    expect(inEpoch(2)).toEqual([3, 4]);
    expectClose(inEpoch(3), [3, 4.5]);
    expect(() => training.wrapUpdate(classifier, examples, () => null)).toThrow(
      '[@st/losses] withWeightPerturbation: warmupEpochs needs to know the epoch, got no progress. Pass progress',
    );
  });

  it('leaks no tensor over steps, inside a tidy and outside', () => {
    const classifier = network();
    const batch = batchOf();
    const optimizer = new SGD({ learningRate: 0.1, momentum: 0.9 });
    keep(optimizer);
    const training = withRandomWeightPerturbation(withWeightPerturbation(natural, { gamma: 0.01 }), { gamma: 0.01 });
    const step = () => tf.dispose(trainStep(classifier, batch, { objective: training, optimizer, rng: createRng(2) }));
    step();
    expect(countTensors(step)).toBe(0);
    const examples = examplesOf(classifier);
    const weights = classifier.parameters.map(({ variable }) => variable);
    const byHand = () =>
      training.wrapUpdate(
        classifier,
        examples,
        () => optimizer.minimize(() => training.loss(classifier, examples).total, false, weights),
        { rng: createRng(2) },
      );
    byHand();
    expect(countTensors(byHand)).toBe(0);
  });

  it('keeps the other members of the objective, and adds its settings', () => {
    const free: Objective = { ...natural, replays: 4, settings: { epsilon: 0.1 } };
    const training = withWeightPerturbation(free, { gamma: 0.005, warmupEpochs: 3 });
    expect(training.replays).toBe(4);
    expect(training.settings).toEqual({
      epsilon: 0.1,
      weightPerturbation: { gamma: 0.005, warmupEpochs: 3, ascend: 'total', proxyLearningRate: null },
    });
  });

  it.each<[object, string]>([
    [
      { gamma: -0.01 },
      'gamma must be a finite number >= 0, got -0.01. It is a share of the norm of each weight tensor',
    ],
    [{ gamma: Number.NaN }, 'gamma must be a finite number >= 0, got NaN.'],
    [{ gamma: 0.01, warmupEpochs: -1 }, 'warmupEpochs must be an integer >= 0, got -1.'],
    [{ gamma: 0.01, proxyLearningRate: 0 }, 'proxyLearningRate must be a finite number > 0, got 0.'],
    [{ gamma: 0.01, warmup: 2 }, "unknown option 'warmup'."],
  ])('rejects %o', (options, message) => {
    expect(() => withWeightPerturbation(natural, options as { gamma: number })).toThrow(
      `[@st/losses] withWeightPerturbation: ${message}`,
    );
  });

  it('rejects a classifier without weight tensors unless perturbs selects parameters', () => {
    const { classifier, straight } = linear('slopes/alpha', [3, 4], [0, 2]);
    const examples = examplesOf(classifier);
    expect(() => weightsInside(withWeightPerturbation(straight, { gamma: 0.1 }), classifier, examples)).toThrow(
      '[@st/losses] withWeightPerturbation: the classifier must have a weight tensor of rank > 1 to perturb, got none among slopes/alpha [1,2].',
    );
    const chosen = withWeightPerturbation(straight, { gamma: 0.1, perturbs: ({ name }) => name === 'slopes/alpha' });
    expectClose(weightsInside(chosen, classifier, examples)[0] ?? [], [3, 4.5]);
  });
});

describe('withRandomWeightPerturbation', () => {
  it('moves each weight tensor by gamma times its norm, equally for equal streams, and removes the displacement', () => {
    const classifier = network();
    const before = valuesOf(classifier);
    const training = withRandomWeightPerturbation(natural, { gamma: 0.03 });
    const examples = examplesOf(classifier);
    const inside = (seed: number) =>
      training.wrapUpdate(classifier, examples, () => valuesOf(classifier), { rng: createRng(seed) });
    const [first, again, other] = [inside(1), inside(1), inside(2)];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    const kernel = classifier.parameters.findIndex(({ name }) => name === 'hidden/kernel');
    const [from = [], to = []] = [before[kernel], first[kernel]];
    expect(Math.hypot(...to.map((value, k) => value - (from[k] ?? 0))) / Math.hypot(...from)).toBeCloseTo(0.03, 6);
    expect(valuesOf(classifier)).toEqual(before);
  });

  it('does not change the draws of the search', () => {
    const rng = createRng(3);
    const { classifier, straight } = linear('kernel', [3, 4], [0, 2]);
    withRandomWeightPerturbation(straight, { gamma: 0.1 }).wrapUpdate(classifier, examplesOf(classifier), () => null, {
      rng,
    });
    expect(rng.next()).toBe(createRng(3).next());
  });

  it('rejects a call without a random stream, and a negative gamma', () => {
    const { classifier, straight } = linear('kernel', [3, 4], [0, 2]);
    const training = withRandomWeightPerturbation(straight, { gamma: 0.1 });
    expect(() => training.wrapUpdate(classifier, examplesOf(classifier), () => null)).toThrow(
      "[@st/losses] withRandomWeightPerturbation: wrapUpdate needs the step's random stream, got none. Pass { rng }",
    );
    expect(() => withRandomWeightPerturbation(natural, { gamma: -1 })).toThrow(
      '[@st/losses] withRandomWeightPerturbation: gamma must be a finite number >= 0, got -1.',
    );
  });
});
