import { countTensors, expectClose, keep, miniatureDataset } from '@st/testing';
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
import { SGD } from '../optimizer/sgd.ts';
import { createRng } from '../rng.ts';
import { noiseObjective } from '../training/noise-objective.fixture.ts';
import { trainStep } from '../training/train-step.ts';
import { asClassifier } from './as-classifier.ts';
import { logitsClassifier } from './logits-classifier.ts';

const kernelInitializer = () => initializers.glorotUniform({ seed: 3 });
const inputShape = [4, 4, 1];
const dense = (units: number, more: object = {}) =>
  layers.dense({ units, kernelInitializer: kernelInitializer(), ...more });
const apply = (layer: { apply(x: unknown): unknown }, x: unknown): SymbolicTensor => layer.apply(x) as SymbolicTensor;

/** A layer of a class that is not part of tfjs-layers, such as a layer for an exported operation. */
class OperationLayer extends layers.Layer {
  static className = 'OperationLayer';
  private readonly operation: (x: tf.Tensor) => tf.Tensor;
  constructor(operation: (x: tf.Tensor) => tf.Tensor) {
    super({});
    this.operation = operation;
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => this.operation((Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor));
  }
}

const flatten = () => layers.flatten({ inputShape });
const convolution = (more: object = {}) =>
  layers.conv2d({ filters: 3, kernelSize: 4, kernelInitializer: kernelInitializer(), ...more });
const sequence = (...list: Parameters<LayersModel['layers']['push']>) => keep(sequential({ layers: list }));
const inner = (...list: Parameters<LayersModel['layers']['push']>) => sequential({ layers: list });

function branches(join: (tensors: SymbolicTensor[]) => SymbolicTensor): LayersModel {
  const x = input({ shape: inputShape });
  const flat = apply(layers.flatten(), x);
  const ends = [1, 2].map((seed) =>
    apply(
      layers.dense({ units: 3, activation: 'softmax', kernelInitializer: initializers.glorotUniform({ seed }) }),
      flat,
    ),
  );
  return keep(functionalModel({ inputs: x, outputs: join(ends) }));
}

/** Models that end in a softmax over three classes, by its position. */
const SOFTMAX: Record<string, () => LayersModel> = {
  'in the last dense layer': () => sequence(flatten(), dense(3, { activation: 'softmax' })),
  'in a separate layer': () => sequence(flatten(), dense(3), layers.softmax()),
  'in an activation layer': () => sequence(flatten(), dense(3), layers.activation({ activation: 'softmax' })),
  'before a reshape, as in MobileNet v1': () =>
    sequence(
      layers.conv2d({
        inputShape,
        filters: 3,
        kernelSize: 4,
        kernelInitializer: kernelInitializer(),
        name: 'conv_preds',
      }),
      layers.activation({ activation: 'softmax', name: 'act_softmax' }),
      layers.reshape({ targetShape: [3], name: 'reshape_2' }),
    ),
  'in a convolution before flatten': () =>
    sequence(convolution({ inputShape, activation: 'softmax' }), layers.flatten()),
  'before permute, flatten and dropout': () =>
    sequence(
      convolution({ inputShape }),
      layers.softmax({ axis: -1 }),
      layers.permute({ dims: [3, 1, 2] }),
      layers.flatten(),
      layers.dropout({ rate: 0.5 }),
    ),
  'before a linear activation and a relu': () =>
    sequence(
      flatten(),
      dense(3, { activation: 'softmax' }),
      layers.activation({ activation: 'linear' }),
      layers.reLU(),
    ),
  'in a functional model': () => {
    const x = input({ shape: inputShape });
    const outputs = apply(dense(3, { activation: 'softmax' }), apply(layers.flatten(), x));
    return keep(functionalModel({ inputs: x, outputs }));
  },
  'in a nested model': () =>
    sequence(flatten(), inner(dense(5, { inputShape: [16] }), dense(3, { activation: 'softmax' }))),
  'in a model that comes first': () =>
    sequence(inner(flatten(), dense(3, { activation: 'softmax' })), layers.dropout({ rate: 0.5 })),
  'in a model nested twice': () =>
    sequence(
      flatten(),
      inner(dense(5, { inputShape: [16] }), inner(dense(4, { inputShape: [5] }), dense(3), layers.softmax())),
    ),
  'in a functional model nested in another, a reshape after it': () => {
    const z = input({ shape: [16] });
    const head = functionalModel({ inputs: z, outputs: apply(layers.softmax(), apply(dense(3), z)) });
    const x = input({ shape: inputShape });
    const outputs = apply(layers.reshape({ targetShape: [3] }), apply(head, apply(layers.flatten(), x)));
    return keep(functionalModel({ inputs: x, outputs }));
  },
  'in an operation of a foreign class': () => sequence(flatten(), dense(3), new OperationLayer((x) => tf.softmax(x))),
  'before a foreign reshape': () =>
    sequence(
      convolution({ inputShape }),
      layers.softmax({ axis: -1 }),
      layers.reshape({ targetShape: [3] }),
      new OperationLayer((x) => tf.clone(x)),
    ),
  'in two branches that are averaged': () => branches((ends) => apply(layers.average(), ends)),
  'before a global average': () =>
    sequence(
      layers.conv2d({
        inputShape,
        filters: 3,
        kernelSize: 2,
        kernelInitializer: kernelInitializer(),
        activation: 'softmax',
      }),
      layers.globalAveragePooling2d({}),
    ),
};

const images = (seed = 1): tf.Tensor4D => keep(createRng(seed).uniform<tf.Rank.R4>([5, 4, 4, 1], 0, 1));

describe('a model that ends in softmax', () => {
  it.each(Object.entries(SOFTMAX))(
    '%s is refused by asClassifier, and the error says what to write',
    (_place, build) => {
      const model = build();
      expect(() => asClassifier(model)).toThrow(InvalidArgumentError);
      expect(() => asClassifier(model)).toThrow(
        /must end in logits, but its .* applies softmax.*write logitsClassifier\(model\)/,
      );
    },
  );

  it.each(Object.entries(SOFTMAX))('%s gives logits whose softmax is its output, in every mode', (_place, build) => {
    const model = build();
    const classifier = logitsClassifier(model);
    const x = images();
    const expected = keep(model.predict(x) as tf.Tensor);
    for (const mode of ['inference', 'batch-frozen', 'batch-tracking'] as const) {
      const logits = keep(classifier.logits(x, mode));
      expectClose(keep(tf.softmax(logits)), expected);
      const rows = logits.arraySync();
      expect(rows.every((row) => row.some((z) => z < 0) || Math.abs(row.reduce((a, b) => a + b) - 1) > 1e-3)).toBe(
        true,
      );
    }
    expectClose(keep(model.predict(x) as tf.Tensor), expected, 0);
    expect(countTensors(() => classifier.logits(x, 'batch-tracking').dispose())).toBe(0);
  });

  it('is trained in place: the model holds the new weights', () => {
    const model = SOFTMAX['before a reshape, as in MobileNet v1']?.() as LayersModel;
    const classifier = logitsClassifier(model);
    const batch = miniatureDataset().batch([0, 1, 2, 3, 4, 5]);
    const before = Array.from((model.getWeights()[0] as tf.Tensor).dataSync());
    const optimizer = keep(new SGD({ learningRate: 0.5 }));
    const terms = () => trainStep(classifier, batch, { objective: noiseObjective, optimizer, rng: createRng(1) });
    const first = terms();
    const start = first.total.dataSync()[0] ?? 0;
    for (let i = 0; i < 10; i++) tf.dispose(terms());
    const last = terms();
    expect(last.total.dataSync()[0]).toBeLessThan(start);
    expect(Array.from((model.getWeights()[0] as tf.Tensor).dataSync())).not.toEqual(before);
    expectClose(
      keep(tf.softmax(keep(classifier.logits(batch.images, 'inference')))),
      keep(model.predict(batch.images) as tf.Tensor),
    );
    tf.dispose([first, last, batch]);
  });

  it('keeps its softmax, also if a pass throws', () => {
    const broken = new OperationLayer((x) => {
      if (armed) throw new Error('no pass');
      return tf.clone(x);
    });
    let armed = false;
    const model = sequence(flatten(), dense(3, { activation: 'softmax' }), broken);
    const classifier = logitsClassifier(model);
    const x = images();
    const expected = keep(model.predict(x) as tf.Tensor);
    armed = true;
    expect(() => classifier.logits(x, 'batch-tracking')).toThrow('no pass');
    armed = false;
    expectClose(keep(model.predict(x) as tf.Tensor), expected, 0);
  });

  it('updates the running statistics of its batch norm according to the mode, and none if a pass throws', () => {
    const model = sequence(
      layers.batchNormalization({ inputShape, momentum: 0.5 }),
      layers.flatten(),
      dense(3, { activation: 'softmax' }),
    );
    const classifier = logitsClassifier(model);
    const values = () => classifier.statistics.map(({ variable }) => Array.from(variable.dataSync()));
    const before = values();
    keep(classifier.logits(images(), 'batch-frozen'));
    expect(values()).toEqual(before);
    keep(classifier.logits(images(), 'batch-tracking'));
    expect(values()).not.toEqual(before);
  });
});

describe('logitsClassifier', () => {
  it.each<[string, () => LayersModel]>([
    ['in the last dense layer', () => sequence(flatten(), dense(1, { activation: 'sigmoid' }))],
    [
      'in a separate layer, reshaped',
      () =>
        sequence(
          layers.conv2d({ inputShape, filters: 1, kernelSize: 4, kernelInitializer: kernelInitializer() }),
          layers.activation({ activation: 'sigmoid' }),
          layers.flatten(),
          layers.dropout({ rate: 0.5 }),
        ),
    ],
    ['in a nested model', () => sequence(flatten(), inner(dense(1, { inputShape: [16], activation: 'sigmoid' })))],
  ])('turns one sigmoid output %s into two logits [0, z]', (_place, build) => {
    const model = build();
    expect(() => asClassifier(model)).toThrow(ShapeError);
    expect(() => asClassifier(model)).toThrow('logitsClassifier(model)');
    const classifier = logitsClassifier(model);
    const x = images();
    const logits = keep(classifier.logits(x, 'batch-frozen'));
    expect(classifier.classes).toBe(2);
    expect(logits.shape).toEqual([5, 2]);
    expect(Array.from(keep(tf.slice(logits, [0, 0], [5, 1])).dataSync())).toEqual([0, 0, 0, 0, 0]);
    const ones = keep(tf.slice(keep(tf.softmax(logits)), [0, 1], [5, 1]));
    expectClose(ones, keep(tf.reshape(keep(model.predict(x) as tf.Tensor), [5, 1])));
  });

  it('takes a single output without sigmoid as the logit of class 1', () => {
    const model = sequence(flatten(), dense(1));
    const x = images();
    const logits = keep(logitsClassifier(model).logits(x, 'inference'));
    expectClose(keep(tf.slice(logits, [0, 1], [5, 1])), keep(model.predict(x) as tf.Tensor));
  });

  it('leaves out log-softmax, whose output asClassifier takes as logits', () => {
    const model = sequence(flatten(), dense(3), layers.activation({ activation: 'logSoftmax' as 'softmax' }));
    const x = images();
    const logits = keep(logitsClassifier(model).logits(x, 'inference'));
    expectClose(keep(tf.logSoftmax(logits)), keep(model.predict(x) as tf.Tensor));
    expectClose(keep(asClassifier(model).logits(x, 'inference')), keep(model.predict(x) as tf.Tensor));
    const largest = Math.max(
      ...Array.from(keep(tf.sum(keep(tf.exp(logits)), 1)).dataSync(), (sum) => Math.abs(sum - 1)),
    );
    expect(largest).toBeGreaterThan(0.1);
  });

  it('returns asClassifier(model) if the model ends in logits', () => {
    const model = sequence(flatten(), dense(3));
    const x = images();
    expectClose(keep(logitsClassifier(model).logits(x, 'inference')), keep(model.predict(x) as tf.Tensor), 0);
  });

  it.each<[string, () => LayersModel, string]>([
    [
      'several sigmoids',
      () => sequence(flatten(), dense(3, { activation: 'sigmoid' })),
      '3 independent yes/no answers',
    ],
    [
      'a softmax at every pixel',
      () => sequence(layers.softmax({ inputShape: [1, 2, 3], axis: 3 }), layers.flatten()),
      'makes distributions over 3 of [any, 1, 2, 3] values, where the model returns 6 classes',
    ],
    [
      'branches that are concatenated',
      () => branches((ends) => apply(layers.concatenate(), ends)),
      'where the model returns 6 classes',
    ],
    [
      'branches joined by their maximum',
      () => branches((ends) => apply(layers.maximum(), ends)),
      'which mixes probabilities in a way that has no logits',
    ],
    [
      'a softmax that another part of the model also uses',
      () => {
        const x = input({ shape: inputShape });
        const softmax = layers.softmax();
        const gate = apply(softmax, apply(dense(16), apply(layers.flatten(), x)));
        return keep(functionalModel({ inputs: x, outputs: apply(softmax, apply(dense(16), gate)) }));
      },
      'which the model also calls elsewhere',
    ],
    [
      'a foreign layer that does more than a softmax',
      () => sequence(flatten(), dense(3), new OperationLayer((x) => tf.softmax(tf.mul(x, 2)))),
      'its input is not known to be logits',
    ],
  ])('refuses %s, with the reason', (_title, build, message) => {
    const model = build();
    expect(() => logitsClassifier(model)).toThrow(InvalidArgumentError);
    expect(() => logitsClassifier(model)).toThrow(message);
  });

  it.each<[unknown, string]>([
    [undefined, 'model must be a tf.LayersModel, got undefined. Load and await the model first'],
    [null, 'got null.'],
    [Promise.resolve(), 'got a promise. Load and await the model first'],
    ['model.json', "got 'model.json'."],
    [() => 1, 'got a function. Return the logits from the function itself'],
    [{ predict: () => 1, inputs: [], outputs: [] }, 'got a tf.GraphModel. A graph cannot be changed'],
  ])('refuses a value that is not a model (%#)', (value, message) => {
    expect(() => logitsClassifier(value as never)).toThrow(InvalidArgumentError);
    expect(() => logitsClassifier(value as never)).toThrow(message);
  });
});
