import { keep, miniatureDataset } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import {
  model as functionalModel,
  input,
  type LayersModel,
  layers,
  type SymbolicTensor,
  sequential,
} from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';

import { ema } from '../averaging/ema.ts';
import { WeightAverage } from '../averaging/weight-average.ts';
import type { Objective } from '../contracts/objective.ts';
import { SGD } from '../optimizer/sgd.ts';
import { createRng } from '../rng.ts';
import { noiseObjective } from '../training/noise-objective.fixture.ts';
import { trainStep } from '../training/train-step.ts';
import { valueAndGradients } from '../training/value-and-gradients.ts';
import { asClassifier } from './as-classifier.ts';
import type { Classifier } from './classifier.ts';

/** A custom layer that counts its training calls in a weight, and throws on demand. */
class CountingLayer extends layers.Layer {
  static className = 'CountingLayer';
  throws = false;
  override build(): void {
    this.addWeight('count', [], 'float32', { apply: () => tf.scalar(0) } as never, undefined, false);
    this.built = true;
  }
  override call(inputs: tf.Tensor | tf.Tensor[], { training }: { training?: boolean }): tf.Tensor {
    return tf.tidy(() => {
      const [count] = this.nonTrainableWeights;
      if (training) count?.write(tf.add(count.read(), 1));
      if (this.throws) throw new Error('no pass');
      return tf.clone((Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor);
    });
  }
}

type Made = { model: LayersModel; counting: CountingLayer };
const MODELS: Record<string, () => Made> = {
  sequential: () => {
    const counting = new CountingLayer({});
    const model = sequential({
      layers: [
        layers.batchNormalization({ inputShape: [4, 4, 1], momentum: 0.5 }),
        layers.flatten(),
        counting,
        layers.dense({ units: 3 }),
      ],
    });
    return { model: keep(model), counting };
  },
  functional: () => {
    const counting = new CountingLayer({});
    const x = input({ shape: [4, 4, 1] });
    const chain = [
      layers.batchNormalization({ momentum: 0.5 }),
      layers.flatten(),
      counting,
      layers.dense({ units: 3 }),
    ];
    const outputs = chain.reduce((tensor, layer) => layer.apply(tensor) as SymbolicTensor, x);
    return { model: keep(functionalModel({ inputs: x, outputs })), counting };
  },
};

const statisticsOf = ({ statistics }: Classifier): number[][] =>
  statistics.map(({ variable }) => Array.from(variable.dataSync()));
const batch = () => {
  const made = miniatureDataset().batch([0, 1, 2, 3, 4, 5]);
  keep(made.images);
  keep(made.labels);
  return made;
};

describe.each(Object.entries(MODELS))('running statistics of a %s model', (_kind, build) => {
  it("are unchanged in mode 'batch-frozen', including those of custom layers, and updated in 'batch-tracking'", () => {
    const classifier = asClassifier(build().model);
    const before = statisticsOf(classifier);
    expect(before).toHaveLength(3);
    keep(classifier.logits(batch().images, 'batch-frozen'));
    expect(statisticsOf(classifier)).toEqual(before);
    keep(classifier.logits(batch().images, 'batch-tracking'));
    const after = statisticsOf(classifier);
    expect(after.every((values, i) => values.join() !== before[i]?.join())).toBe(true);
  });

  it('are unchanged if a tracking pass throws', () => {
    const { model, counting } = build();
    const classifier = asClassifier(model);
    const before = statisticsOf(classifier);
    counting.throws = true;
    expect(() => classifier.logits(batch().images, 'batch-tracking')).toThrow('no pass');
    expect(statisticsOf(classifier)).toEqual(before);
  });

  it.each<[string, (classifier: Classifier, objective: Objective) => void]>([
    [
      'trainStep',
      (classifier, objective) => {
        const optimizer = keep(new SGD({ learningRate: 0.1 }));
        trainStep(classifier, batch(), { objective, optimizer, rng: createRng(1) });
      },
    ],
    [
      'valueAndGradients',
      (classifier, objective) => {
        const { images, labels } = batch();
        valueAndGradients(objective, classifier, { labels, views: { natural: images } });
      },
    ],
  ])('are unchanged if the loss of %s throws after its first pass', (_title, step) => {
    const classifier = asClassifier(build().model);
    const before = statisticsOf(classifier);
    const objective: Objective = {
      ...noiseObjective,
      loss: (c, { views }) => {
        c.logits(views.natural, 'batch-tracking');
        throw new Error('no loss');
      },
    };
    expect(() => step(classifier, objective)).toThrow('no loss');
    expect(statisticsOf(classifier)).toEqual(before);
  });

  it('are unchanged if the search of trainStep throws after a tracking pass, also in an averaged model', async () => {
    const classifier = asClassifier(build().model);
    const average = keep(new WeightAverage(classifier, ema({ decay: 0.5 })));
    average.update({ epoch: 1, step: 0, stepsPerEpoch: 1, epochs: 1 });
    const before = statisticsOf(classifier);
    const objective: Objective = {
      ...noiseObjective,
      search: (c, { images }) => {
        c.logits(images, 'batch-tracking');
        throw new Error('no search');
      },
    };
    const optimizer = keep(new SGD({ learningRate: 0.1 }));
    const step = () => trainStep(classifier, batch(), { objective, optimizer, rng: createRng(1) });
    expect(step).toThrow('no search');
    expect(statisticsOf(classifier)).toEqual(before);
    await expect(average.during(async () => step())).rejects.toThrow('no search');
    expect(statisticsOf(classifier)).toEqual(before);
  });
});

it('running statistics of a function classifier are unchanged if its tracking pass throws', () => {
  const variable = keep(tf.tidy(() => tf.variable(tf.scalar(1))));
  const classifier = asClassifier(
    () => {
      tf.tidy(() => variable.assign(tf.add(variable, 1) as tf.Scalar));
      throw new Error('no pass');
    },
    { classes: 2, statistics: [{ name: 'count', variable }] },
  );
  expect(() => classifier.logits(batch().images, 'batch-tracking')).toThrow('no pass');
  expect(variable.dataSync()[0]).toBe(1);
});
