import { countTensors, expectClose, keep, miniatureDataset } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, layers, regularizers, sequential } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { SGD } from '../optimizer/sgd.ts';
import { createRng } from '../rng.ts';
import { fit } from '../training/fit.ts';
import type { FitEvent } from '../training/fit-event.ts';
import { noiseObjective } from '../training/noise-objective.fixture.ts';
import { trainStep } from '../training/train-step.ts';
import { valueAndGradients } from '../training/value-and-gradients.ts';
import { asClassifier } from './as-classifier.ts';
import { untracked } from './untracked.ts';

const l2 = (l2: number) => regularizers.l2({ l2 });

/** A model with penalties on kernel, bias, scale and shift, in the model and in a nested one. */
function regularizedModel(): LayersModel {
  const inner = sequential({
    layers: [
      layers.conv2d({ name: 'conv', inputShape: [4, 4, 1], filters: 2, kernelSize: 3, kernelRegularizer: l2(3) }),
      layers.batchNormalization({
        name: 'norm',
        gammaRegularizer: l2(0.5),
        betaRegularizer: regularizers.l1({ l1: 2 }),
        betaInitializer: 'ones',
      }),
    ],
  });
  return keep(
    sequential({
      layers: [
        layers.batchNormalization({ name: 'first', inputShape: [4, 4, 1] }),
        inner,
        layers.flatten(),
        layers.dense({
          name: 'logits',
          units: 3,
          kernelRegularizer: regularizers.l1l2({ l1: 0.1, l2: 0.2 }),
          biasRegularizer: l2(7),
          biasInitializer: 'ones',
        }),
      ],
    }),
  );
}

/** The penalty, worked out by hand from the weights. */
function penaltyByHand(model: LayersModel): number {
  const values = (name: string): number[] => {
    const weight = model.weights.find(({ originalName }) => originalName === name);
    return Array.from(weight?.read().dataSync() ?? [Number.NaN]);
  };
  const sum = (name: string, of: (w: number) => number): number => values(name).reduce((total, w) => total + of(w), 0);
  const square = (w: number): number => w * w;
  return (
    3 * sum('conv/kernel', square) +
    0.5 * sum('norm/gamma', square) +
    2 * sum('norm/beta', Math.abs) +
    0.1 * sum('logits/kernel', Math.abs) +
    0.2 * sum('logits/kernel', square) +
    7 * sum('logits/bias', square)
  );
}

describe('the penalties of regularizers', () => {
  it('are summed over the model and nested models, once per layer', () => {
    const model = regularizedModel();
    const { penalty } = asClassifier(model);
    expectClose([keep(penalty?.() ?? tf.scalar(0)).dataSync()[0] ?? 0], [penaltyByHand(model)], 1e-5);
    expect(countTensors(() => penalty?.().dispose())).toBe(0);
    expect(untracked(asClassifier(model)).penalty).toBeDefined();
  });

  it('are part of the loss and its gradient, as a separate term; an option leaves them out', () => {
    const model = regularizedModel();
    const batch = miniatureDataset().batch([0, 1, 2, 3, 4, 5]);
    const examples = noiseObjective.search(asClassifier(model), batch, createRng(1));
    const including = valueAndGradients(noiseObjective, asClassifier(model), examples);
    const without = valueAndGradients(noiseObjective, asClassifier(model, { regularizers: 'left-out' }), examples);
    const number = (term: tf.Scalar | undefined): number => term?.dataSync()[0] ?? Number.NaN;
    expectClose([number(including.terms.penalty)], [penaltyByHand(model)], 1e-5);
    expect(without.terms.penalty).toBeUndefined();
    expectClose([number(including.terms.total) - number(without.terms.total)], [penaltyByHand(model)], 1e-5);
    const kernel = model.weights.find(({ originalName }) => originalName === 'conv/kernel')?.read() as tf.Tensor;
    const difference = tf.tidy(() =>
      tf.sub(including.gradients.get('conv/kernel') as tf.Tensor, without.gradients.get('conv/kernel') as tf.Tensor),
    );
    expectClose(keep(difference), keep(tf.mul(6, kernel)), 1e-4);
    tf.dispose([batch, examples, including.terms, without.terms]);
    tf.dispose([...including.gradients.values(), ...without.gradients.values()]);
  });

  it('are reported by trainStep and fit, and agree with the loss of tfjs’s training', async () => {
    const model = keep(
      sequential({
        layers: [
          layers.flatten({ inputShape: [4, 4, 1] }),
          layers.dense({ name: 'logits', units: 3, kernelRegularizer: l2(0.7) }),
        ],
      }),
    );
    const natural = {
      ...noiseObjective,
      loss: (
        classifier: ReturnType<typeof asClassifier>,
        { labels, views }: { labels: tf.Tensor1D; views: { natural: tf.Tensor4D } },
      ) =>
        tf.tidy(() => {
          const logits = classifier.logits(views.natural, 'batch-tracking');
          const rows = tf.sum(tf.mul(tf.oneHot(labels, 3), tf.logSoftmax(logits)), 1);
          return { total: tf.neg(tf.mean<tf.Scalar>(rows)) as tf.Scalar };
        }),
    };
    const batch = miniatureDataset().batch([0, 1, 2, 3, 4, 5]);
    const [first] = (model.layers.at(-1)?.getWeights() ?? []).map((w) => tf.clone(w));
    const optimizer = keep(new SGD({ learningRate: 0.01 }));
    const terms = trainStep(asClassifier(model), batch, { objective: natural, optimizer, rng: createRng(1) });
    const expected = 0.7 * Array.from(first?.dataSync() ?? []).reduce((sum, w) => sum + w * w, 0);
    expectClose([terms.penalty?.dataSync()[0] ?? Number.NaN], [expected], 1e-5);

    const totals: number[] = [];
    const onEvent = (event: FitEvent): void => {
      if (event.type === 'step') totals.push(event.losses.penalty ?? Number.NaN);
    };
    const options = { objective: natural, optimizer, epochs: 1, batchSize: 25, seed: 1, onEvent };
    await fit(model, miniatureDataset(), options);
    expect(totals).toHaveLength(2);
    expect(totals.every((penalty) => penalty > 0)).toBe(true);

    model.compile({
      optimizer: 'sgd',
      loss: (labels: tf.Tensor, logits: tf.Tensor) => tf.losses.softmaxCrossEntropy(labels, logits),
    });
    const examples = { labels: batch.labels, views: { natural: batch.images } };
    const { terms: ours, gradients } = valueAndGradients(natural, asClassifier(model), examples);
    const history = await model.fit(
      batch.images,
      tf.tidy(() => tf.cast(tf.oneHot(batch.labels, 3), 'float32')),
      { epochs: 1, batchSize: 6, verbose: 0 },
    );
    expectClose([ours.total.dataSync()[0] ?? 0], [Number(history.history.loss?.[0])], 1e-5);
    tf.dispose([terms, ours, batch, first ?? [], [...gradients.values()]]);
  });
});
