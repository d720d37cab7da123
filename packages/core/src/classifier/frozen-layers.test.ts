import { expectClose, keep, miniatureDataset } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { initializers, type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';

import type { Batch } from '../batch.ts';
import { InvalidArgumentError } from '../errors/errors.ts';
import { SGD } from '../optimizer/sgd.ts';
import { createRng } from '../rng.ts';
import { noiseObjective } from '../training/noise-objective.fixture.ts';
import { trainStep } from '../training/train-step.ts';
import { asClassifier } from './as-classifier.ts';
import type { Classifier } from './classifier.ts';

const kernelInitializer = (seed: number) => initializers.glorotUniform({ seed });

/** Batch norm at the top and in a nested model. */
function nestedModel(): LayersModel {
  const inner = sequential({
    name: 'inner',
    layers: [
      layers.conv2d({
        name: 'conv',
        inputShape: [4, 4, 1],
        filters: 3,
        kernelSize: 3,
        kernelInitializer: kernelInitializer(1),
      }),
      layers.batchNormalization({ name: 'norm', momentum: 0.5 }),
    ],
  });
  return keep(
    sequential({
      layers: [
        layers.batchNormalization({ name: 'norm', inputShape: [4, 4, 1], momentum: 0.5 }),
        inner,
        layers.flatten({ name: 'flat' }),
        layers.dense({ name: 'logits', units: 3, kernelInitializer: kernelInitializer(2) }),
      ],
    }),
  );
}

const valuesOf = (model: LayersModel): Record<string, number[]> =>
  Object.fromEntries(model.weights.map((weight) => [weight.name, Array.from(weight.read().dataSync())]));

/** Names of the weights that a training step with momentum and weight decay changes. */
function movedBy(model: LayersModel, classifier: Classifier): string[] {
  const batch: Batch = miniatureDataset().batch([0, 1, 2, 3, 4, 5]);
  const optimizer = new SGD({ learningRate: 0.1, momentum: 0.9, weightDecay: 0.5 });
  const before = valuesOf(model);
  for (let step = 0; step < 2; step++) {
    tf.dispose(trainStep(classifier, batch, { objective: noiseObjective, optimizer, rng: createRng(1) }));
  }
  tf.dispose(batch);
  optimizer.dispose();
  return Object.entries(valuesOf(model))
    .filter(([name, values]) => values.join() !== before[name]?.join())
    .map(([name]) => name.replace(/_\d+$/, ''));
}

const FREEZE: Record<string, { freeze: (model: LayersModel) => void; moves: RegExp }> = {
  'the first batch norm': { freeze: (model) => freezeLayer(model, 0), moves: /^(?!norm\/.*)/ },
  'a nested model': { freeze: (model) => freezeLayer(model, 1), moves: /^(logits|norm)/ },
  'a dense layer': { freeze: (model) => freezeLayer(model, 3), moves: /^(conv|norm)/ },
};

function freezeLayer(model: LayersModel, index: number): void {
  const layer = model.layers[index];
  if (layer) layer.trainable = false;
}

describe('frozen layers', () => {
  it.each(Object.keys(FREEZE))('are unchanged by training, bit for bit, including running statistics: %s', (title) => {
    const { freeze } = FREEZE[title] ?? { freeze: () => undefined };
    for (const when of ['before', 'after'] as const) {
      const model = nestedModel();
      if (when === 'before') freeze(model);
      const classifier = asClassifier(model);
      if (when === 'after') freeze(model);
      const frozen = model.layers.filter((layer) => !layer.trainable).flatMap((layer) => layer.weights);
      const before = frozen.map((weight) => Array.from(weight.read().dataSync()));
      const moved = movedBy(model, classifier);
      expect(frozen.map((weight) => Array.from(weight.read().dataSync()))).toEqual(before);
      expect(moved.length).toBe(model.weights.length - frozen.length);
      expect(classifier.parameters.length).toBe(model.trainableWeights.length);
    }
  });

  it('do not change any names, whichever layers are frozen and whenever', () => {
    const model = nestedModel();
    const classifier = asClassifier(model);
    freezeLayer(model, 0);
    expect(classifier.parameters.map(({ name }) => name)).toEqual([
      'conv/kernel',
      'conv/bias',
      'norm/gamma#2',
      'norm/beta#2',
      'logits/kernel',
      'logits/bias',
    ]);
    expect(asClassifier(model).parameters.map(({ name }) => name)).toEqual(
      classifier.parameters.map(({ name }) => name),
    );
    expect(classifier.statistics.map(({ name }) => name)).toContain('norm/gamma');
    freezeLayer(model, 1);
    expect(classifier.parameters.map(({ name }) => name)).toEqual(['logits/kernel', 'logits/bias']);
    for (const layer of model.layers) layer.trainable = true;
    expect(classifier.parameters).toHaveLength(8);
  });

  it('of batch norm normalize with the running statistics in every mode', () => {
    const model = nestedModel();
    const classifier = asClassifier(model);
    const images = keep(createRng(3).uniform<tf.Rank.R4>([5, 4, 4, 1]));
    keep(classifier.logits(images, 'batch-tracking'));
    const inference = keep(classifier.logits(images, 'inference'));
    model.trainable = false;
    const before = valuesOf(model);
    for (const mode of ['batch-frozen', 'batch-tracking', 'inference'] as const) {
      expectClose(keep(classifier.logits(images, mode)), inference, 0);
    }
    expect(valuesOf(model)).toEqual(before);
    model.trainable = true;
    expect(keep(classifier.logits(images, 'batch-frozen')).dataSync()).not.toEqual(inference.dataSync());
  });

  it('are refused for training if all layers are frozen; the error says what to do', () => {
    const model = nestedModel();
    model.trainable = false;
    const classifier = asClassifier(model);
    expect(() => movedBy(model, classifier)).toThrow(InvalidArgumentError);
    expect(() => movedBy(model, classifier)).toThrow('on a model, layers must be trainable');
  });
});
