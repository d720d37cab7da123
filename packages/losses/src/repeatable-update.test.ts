import { asClassifier, type Classifier, createRng } from '@st/core';
import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import {
  input,
  type LayersModel,
  layers,
  model as modelOf,
  type SymbolicTensor,
  sequential,
} from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';

import { objective } from './objective.ts';
import { repeatableUpdate } from './repeatable-update.ts';
import { tradesLoss } from './trades-loss.ts';

const images = createRng(1).uniform<tf.Rank.R4>([6, 4, 4, 3]);
const others = createRng(2).uniform<tf.Rank.R4>([6, 4, 4, 3], 0.5, 2);

/** Two batch normalizations of different momenta in a nested model, the first optionally frozen. */
function network(frozen = false): LayersModel {
  const inner = sequential({
    layers: [
      layers.batchNormalization({ inputShape: [4, 4, 3], momentum: 0.7, trainable: !frozen }),
      layers.conv2d({ filters: 4, kernelSize: 3 }),
      layers.batchNormalization({ momentum: 0.9 }),
    ],
  });
  return sequential({ layers: [inner, layers.flatten(), layers.dense({ units: 2 })] });
}

const statisticsOf = ({ statistics }: Classifier): number[] =>
  statistics.flatMap(({ variable }) => [...variable.dataSync()]);
const forward = (classifier: Classifier, x: tf.Tensor4D): void => classifier.logits(x, 'batch-tracking').dispose();

describe('repeatableUpdate', () => {
  it.each([false, true])(
    'updates the statistics as a second pass over the same images does (frozen layer: %s)',
    (frozen) => {
      const model = network(frozen);
      const classifier = asClassifier(model);
      const start = classifier.statistics.map(({ variable }) => tf.clone(variable));
      tf.tidy(() => {
        const { repeat } = repeatableUpdate(classifier, () => forward(classifier, images));
        forward(classifier, others);
        repeat?.();
        expect(repeat).toBeDefined();
      });
      const got = statisticsOf(classifier);
      for (const [i, { variable }] of classifier.statistics.entries()) variable.assign(start[i] as tf.Tensor);
      for (const x of [images, others, images]) forward(classifier, x);
      expectClose(tf.tensor1d(got), statisticsOf(classifier));
      tf.dispose(start);
      model.dispose();
    },
  );

  it('returns no repeat if the classifier has no statistics or does not report the share that they keep', () => {
    const variable = tf.variable(tf.zeros([1]));
    for (const statistics of [[{ name: 'running', variable }], []]) {
      const classifier = asClassifier((x) => tf.reshape(x, [6, 48]), { classes: 48, statistics });
      const { result, repeat } = repeatableUpdate(classifier, () => 5);
      expect([result, repeat]).toEqual([5, undefined]);
    }
    variable.dispose();
  });

  it('returns no repeat if a layer normalizes twice in a pass', () => {
    const x = input({ shape: [4, 4, 3] });
    const shared = layers.batchNormalization({ momentum: 0.7 });
    const twice = shared.apply(shared.apply(x)) as SymbolicTensor;
    const flat = layers.flatten().apply(twice) as SymbolicTensor;
    const model = modelOf({ inputs: x, outputs: layers.dense({ units: 2 }).apply(flat) as SymbolicTensor });
    const classifier = asClassifier(model);
    const { repeat } = repeatableUpdate(classifier, () => forward(classifier, images));
    expect(repeat).toBeUndefined();
    model.dispose();
  });

  it('saves the third pass of TRADES, and leaks no tensor', () => {
    const model = network();
    const classifier = asClassifier(model);
    let passes = 0;
    const counting: Classifier = {
      ...classifier,
      logits: (x, mode) => {
        passes++;
        return classifier.logits(x, mode);
      },
    };
    const trades = objective({ search: () => ({ adversarial: others }), loss: tradesLoss({ beta: 6 }) });
    const examples = { labels: tf.zeros<tf.Rank.R1>([6], 'int32'), views: { natural: images, adversarial: others } };
    expect(countTensors(() => tf.dispose(trades.loss(counting, examples)))).toBe(0);
    const weights = classifier.parameters.map(({ variable }) => variable);
    const differentiate = (): void =>
      tf.dispose(tf.variableGrads(() => trades.loss(counting, examples).total, weights));
    expect(countTensors(differentiate)).toBe(0);
    expect(passes).toBe(4);
    examples.labels.dispose();
    model.dispose();
  });
});
