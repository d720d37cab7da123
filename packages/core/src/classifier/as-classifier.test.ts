import { countTensors, expectClose, keep } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import {
  model as functionalModel,
  initializers,
  input,
  type LayersModel,
  layers,
  type SymbolicTensor,
  sequential,
} from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { InvalidArgumentError, ShapeError } from '../errors/errors.ts';
import { createRng } from '../rng.ts';
import { asClassifier } from './as-classifier.ts';
import type { BatchNormMode } from './batch-norm-mode.ts';

const kernel = (seed: number) => initializers.glorotUniform({ seed });

/** tfjs-layers' batch norm at two depths: at the top, and in a nested model. */
function nestedModel(options: { dropout?: number } = {}): LayersModel {
  const inner = sequential({
    name: 'inner',
    layers: [
      layers.conv2d({ name: 'conv', inputShape: [4, 4, 2], filters: 3, kernelSize: 3, kernelInitializer: kernel(1) }),
      layers.batchNormalization({ name: 'norm', momentum: 0.5 }),
      layers.activation({ name: 'relu', activation: 'relu' }),
    ],
  });
  return keep(
    sequential({
      name: 'outer',
      layers: [
        layers.batchNormalization({ name: 'norm', inputShape: [4, 4, 2] }),
        inner,
        layers.flatten({ name: 'flat' }),
        ...(options.dropout ? [layers.dropout({ name: 'drop', rate: options.dropout })] : []),
        layers.dense({ name: 'logits', units: 3, kernelInitializer: kernel(2) }),
      ],
    }),
  );
}

const images = (seed = 1): tf.Tensor4D => keep(createRng(seed).uniform<tf.Rank.R4>([5, 4, 4, 2], 0, 1));

const statisticsOf = (model: LayersModel): number[][] =>
  asClassifier(model).statistics.map(({ variable }) => Array.from(variable.dataSync()));

describe('asClassifier of a model', () => {
  it('names parameters and statistics once each, including those of nested models', () => {
    const { parameters, statistics, classes, imageShape } = asClassifier(nestedModel());
    expect(parameters.map(({ name }) => name)).toEqual([
      'norm/gamma',
      'norm/beta',
      'conv/kernel',
      'conv/bias',
      'norm/gamma#2',
      'norm/beta#2',
      'logits/kernel',
      'logits/bias',
    ]);
    expect(statistics.map(({ name }) => name)).toEqual([
      'norm/moving_mean',
      'norm/moving_variance',
      'norm/moving_mean#2',
      'norm/moving_variance#2',
    ]);
    expect([classes, imageShape]).toEqual([3, [4, 4, 2]]);
  });

  it("'inference' normalizes with the running statistics and does not change them", () => {
    const model = nestedModel();
    const before = statisticsOf(model);
    const x = images();
    const logits = keep(asClassifier(model).logits(x, 'inference'));
    expectClose(logits, keep(model.predict(x) as tf.Tensor));
    expect(statisticsOf(model)).toEqual(before);
  });

  it("'batch-tracking' normalizes with the batch and updates the running statistics, including nested ones", () => {
    const model = nestedModel();
    const before = statisticsOf(model);
    const x = images();
    const logits = keep(asClassifier(model).logits(x, 'batch-tracking'));
    const inference = keep(asClassifier(model).logits(x, 'inference'));
    expect(logits.dataSync()).not.toEqual(inference.dataSync());
    statisticsOf(model).forEach((values, i) => {
      expect(values).not.toEqual(before[i]);
    });
  });

  it("'batch-frozen' gives the logits of 'batch-tracking' and leaves every running statistic unchanged, bit for bit", () => {
    const model = nestedModel();
    const classifier = asClassifier(model);
    const x = images();
    keep(classifier.logits(images(2), 'batch-tracking')); // so that the statistics are not simple numbers
    const before = statisticsOf(model);
    const frozen = keep(classifier.logits(x, 'batch-frozen'));
    expect(statisticsOf(model)).toEqual(before);
    const tracking = keep(classifier.logits(x, 'batch-tracking'));
    expect(frozen.dataSync()).toEqual(tracking.dataSync());
    expect(statisticsOf(model)).not.toEqual(before);
  });

  it('restores the running statistics if the forward pass throws', () => {
    const model = nestedModel();
    const classifier = asClassifier(model);
    keep(classifier.logits(images(2), 'batch-tracking'));
    const before = statisticsOf(model);
    const dense = model.getLayer('logits');
    dense.call = () => {
      throw new Error('no logits');
    };
    expect(() => classifier.logits(images(), 'batch-frozen')).toThrow('no logits');
    expect(statisticsOf(model)).toEqual(before);
  });

  it('restores them under a gradient tape; the gradient is that with batch statistics', () => {
    const model = nestedModel();
    const classifier = asClassifier(model);
    const before = statisticsOf(model);
    const x = images();
    const gradient = (mode: BatchNormMode) =>
      keep(tf.grad((view: tf.Tensor) => tf.sum(tf.square(classifier.logits(view as tf.Tensor4D, mode))))(x));
    const frozen = gradient('batch-frozen');
    expect(statisticsOf(model)).toEqual(before);
    const inference = gradient('inference');
    expect(frozen.dataSync()).not.toEqual(inference.dataSync());
    expect(frozen.dataSync()).toEqual(gradient('batch-tracking').dataSync());
  });

  it('applies dropout in the batch modes but not in inference', () => {
    const classifier = asClassifier(nestedModel({ dropout: 0.5 }));
    const x = images();
    const twice = (mode: BatchNormMode) =>
      [classifier.logits(x, mode), classifier.logits(x, mode)].map((logits) => Array.from(keep(logits).dataSync()));
    const [a, b] = twice('inference');
    expect(a).toEqual(b);
    const [c, d] = twice('batch-frozen');
    expect(c).not.toEqual(d);
  });

  it.each<BatchNormMode>(['inference', 'batch-frozen', 'batch-tracking'])(
    'leaves only its result in mode %s',
    (mode) => {
      const classifier = asClassifier(nestedModel());
      const x = images();
      expect(countTensors(() => classifier.logits(x, mode).dispose())).toBe(0);
    },
  );

  it('takes images of any size if the model does', () => {
    const pooled = keep(
      sequential({
        layers: [
          layers.conv2d({ name: 'conv', inputShape: [null, null, 3], filters: 2, kernelSize: 3 }),
          layers.globalAveragePooling2d({ name: 'pool' }),
        ],
      }),
    );
    expect(asClassifier(pooled).imageShape).toEqual([null, null, 3]);
  });

  it.each(['softmax', 'sigmoid'] as const)('refuses a model that ends in %s', (activation) => {
    const flat = () => layers.flatten({ inputShape: [2, 2, 1] });
    const hint =
      activation === 'softmax'
        ? 'For a classifier of its logits, which shares the weights, write logitsClassifier(model) in place of the model.'
        : 'Sigmoid outputs are independent yes/no answers, one per class, not a distribution over the classes';
    const fused = keep(sequential({ layers: [flat(), layers.dense({ name: 'last', units: 3, activation })] }));
    const apart = keep(
      sequential({ layers: [flat(), layers.dense({ units: 3 }), layers.activation({ name: 'last', activation })] }),
    );
    for (const model of [fused, apart]) {
      expect(() => asClassifier(model)).toThrow(InvalidArgumentError);
      expect(() => asClassifier(model)).toThrow(
        `[@st/core] asClassifier: the model must end in logits, but its last layer 'last' applies ${activation}. ${hint}`,
      );
    }
  });

  it('refuses a softmax at the end of a nested model, and a softmax layer', () => {
    const inner = sequential({
      name: 'head',
      layers: [layers.flatten({ inputShape: [2, 2, 1] }), layers.dense({ name: 'p', units: 3, activation: 'softmax' })],
    });
    const outer = keep(
      sequential({ layers: [layers.activation({ inputShape: [2, 2, 1], activation: 'relu' }), inner] }),
    );
    expect(() => asClassifier(outer)).toThrow("its last layer 'p' applies softmax");
    const softmaxLayer = keep(
      sequential({
        layers: [layers.flatten({ inputShape: [2, 2, 1] }), layers.dense({ units: 3 }), layers.softmax({ name: 's' })],
      }),
    );
    expect(() => asClassifier(softmaxLayer)).toThrow("its last layer 's' applies softmax");
  });

  it('refuses models of other shapes', () => {
    const flat = keep(sequential({ layers: [layers.dense({ inputShape: [16], units: 3 })] }));
    expect(() => asClassifier(flat)).toThrow(ShapeError);
    expect(() => asClassifier(flat)).toThrow(
      '[@st/core] asClassifier: the model must take one input [batch, height, width, channels], got [,16]. Put a reshape layer first if it takes flat vectors.',
    );
    const map = keep(sequential({ layers: [layers.conv2d({ inputShape: [4, 4, 1], filters: 3, kernelSize: 3 })] }));
    expect(() => asClassifier(map)).toThrow(ShapeError);
    expect(() => asClassifier(map)).toThrow(
      '[@st/core] asClassifier: the model must return [batch, classes] with at least 2 classes, got [,2,2,3]. Flatten or pool before the last dense layer.',
    );
    const single = keep(
      sequential({ layers: [layers.flatten({ inputShape: [2, 2, 1] }), layers.dense({ units: 1 })] }),
    );
    expect(() => asClassifier(single)).toThrow('with at least 2 classes, got [,1]');
    const [a, b] = [input({ shape: [2, 2, 1] }), input({ shape: [2, 2, 1] })];
    const sum = layers.flatten().apply(layers.add().apply([a, b]) as SymbolicTensor) as SymbolicTensor;
    const two = keep(functionalModel({ inputs: [a, b], outputs: sum }));
    expect(() => asClassifier(two)).toThrow(
      'must take one input [batch, height, width, channels], got [,2,2,1], [,2,2,1].',
    );
  });

  it('refuses an unknown mode', () => {
    const classifier = asClassifier(nestedModel());
    // @ts-expect-error an unknown word
    expect(() => classifier.logits(images(), 'training')).toThrow(
      "[@st/core] asClassifier: logits: mode must be one of 'inference', 'batch-frozen', 'batch-tracking', got 'training'.",
    );
  });
});

describe('asClassifier of a function', () => {
  it('returns the logits of the function, and disposes its intermediate tensors', () => {
    const classifier = asClassifier(
      (x) => {
        tf.square(x);
        return tf.zeros([x.shape[0], 2]);
      },
      { classes: 2 },
    );
    const x = images();
    expect(classifier.imageShape).toEqual([null, null, null]);
    expect(countTensors(() => classifier.logits(x, 'inference').dispose())).toBe(0);
  });

  it('refuses logits of another shape, and a function without options', () => {
    const classifier = asClassifier((x) => tf.zeros([x.shape[0], 3]), { classes: 2 });
    expect(() => classifier.logits(images(), 'inference')).toThrow(
      '[@st/core] asClassifier: the model must return logits [5, 2], got Tensor float32 [5,3]. It must end in one output per class, without softmax.',
    );
    const whole = asClassifier((x) => tf.zeros([x.shape[0], 2], 'int32'), { classes: 2 });
    expect(() => whole.logits(images(), 'inference')).toThrow(
      "got Tensor int32 [5,2]. Logits are float32: tf.cast(logits, 'float32').",
    );
    // @ts-expect-error the options are missing
    expect(() => asClassifier(() => tf.zeros([1, 2]))).toThrow(
      '[@st/core] asClassifier: a function needs its options, at least { classes }, got none.',
    );
  });
});
