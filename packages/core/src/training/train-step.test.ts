import { countTensors, expectClose, keep, miniatureDataset, miniatureModel } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { CarriedTensors } from '../carried-tensors.ts';
import { asClassifier } from '../classifier/as-classifier.ts';
import type { Classifier } from '../classifier/classifier.ts';
import type { Objective } from '../contracts/objective.ts';
import type { Examples } from '../contracts/view.ts';
import { InvalidArgumentError, ShapeError } from '../errors/errors.ts';
import { SGD } from '../optimizer/sgd.ts';
import { createRng } from '../rng.ts';
import { noiseObjective } from './noise-objective.fixture.ts';
import { trainStep } from './train-step.ts';
import { valueAndGradients } from './value-and-gradients.ts';

const batchOf = (size: number) => miniatureDataset().batch(Array.from({ length: size }, (_, i) => i));
function classifier(): Classifier {
  const model = miniatureModel();
  keep({ dispose: () => void model.dispose() });
  return asClassifier(model);
}

/** One weight w per class, with logits = w * mean(image), and an unused weight. */
function tinyClassifier(): Classifier {
  const variables = [
    { name: 'used', variable: tf.tidy(() => tf.variable(tf.tensor1d([0.5, -1, 0.25]))) },
    { name: 'unused', variable: tf.tidy(() => tf.variable(tf.tensor1d([7]))) },
  ];
  for (const { variable } of variables) keep(variable);
  const [used] = variables;
  return asClassifier(
    (images) => {
      const brightness = tf.mean(tf.reshape(images, [images.shape[0], -1]), 1, true);
      return tf.mul(brightness, tf.expandDims(used?.variable ?? tf.scalar(Number.NaN), 0));
    },
    { classes: 3, parameters: variables },
  );
}

function examplesOf(size: number): Examples {
  const { images, labels } = batchOf(size);
  return { labels, views: { natural: images } };
}

describe('valueAndGradients', () => {
  it('agrees with finite differences for every weight of a smooth model', () => {
    const model = classifier();
    const examples = examplesOf(6);
    const { terms, gradients } = valueAndGradients(noiseObjective, model, examples);
    const step = 2 ** -7; // exact in float32, and large enough that rounding of the loss is negligible
    for (const { name, variable } of model.parameters) {
      const gradient = gradients.get(name)?.dataSync() ?? [];
      const values = variable.dataSync().slice();
      const shifted = (index: number, by: number): number => {
        const moved = values.slice();
        moved[index] = (values[index] ?? 0) + by;
        return tf.tidy(() => {
          variable.assign(tf.tensor(moved, variable.shape));
          return noiseObjective.loss(model, examples).total.dataSync()[0] ?? Number.NaN;
        });
      };
      for (let i = 0; i < values.length; i += 5) {
        const slope = (shifted(i, step) - shifted(i, -step)) / (2 * step);
        expectClose([gradient[i] ?? Number.NaN], [slope], 1e-3); // the error of finite differences, O(step^2)
      }
      tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
    }
    tf.dispose([terms, examples, [...gradients.values()]]);
  });

  it('differentiates only with respect to the classifier’s parameters, and gives no gradient for an unused one', () => {
    const model = tinyClassifier();
    const foreign = tf.tidy(() => tf.variable(tf.scalar(2)));
    const examples = examplesOf(3);
    const objective: Pick<Objective, 'loss'> = {
      loss: (c, { views }) =>
        tf.tidy(() => ({ total: tf.mul<tf.Scalar>(foreign, tf.sum(c.logits(views.natural, 'inference'))) })),
    };
    const { terms, gradients } = valueAndGradients(objective, model, examples);
    expect([...gradients.keys()]).toEqual(['used']);
    tf.dispose([terms, examples, [...gradients.values()], foreign]);
  });

  it('returns the terms and one gradient per parameter, also if a term is the total itself, and leaks nothing', () => {
    const model = tinyClassifier();
    const examples = examplesOf(3);
    const objective: Pick<Objective, 'loss'> = {
      loss: (c, { views }) =>
        tf.tidy(() => {
          const natural = tf.sum<tf.Scalar>(tf.square(c.logits(views.natural, 'inference')));
          return { natural, total: natural };
        }),
    };
    const work = () => {
      const { terms, gradients } = valueAndGradients(objective, model, examples);
      expect(terms.natural?.dataSync()).toEqual(terms.total.dataSync());
      tf.dispose([terms, [...gradients.values()]]);
    };
    expect(countTensors(work)).toBe(0);
    tf.dispose(examples);
  });

  it('leaks nothing if the loss throws', () => {
    const model = tinyClassifier();
    const examples = examplesOf(3);
    const objective: Pick<Objective, 'loss'> = {
      loss: () => {
        tf.ones([3]);
        throw new Error('no loss');
      },
    };
    expect(countTensors(() => expect(() => valueAndGradients(objective, model, examples)).toThrow('no loss'))).toBe(0);
    tf.dispose(examples);
  });

  it('refuses a classifier without parameters', () => {
    const model = asClassifier((images) => tf.zeros([images.shape[0], 3]), { classes: 3 });
    const examples = examplesOf(3);
    expect(() => valueAndGradients(noiseObjective, model, examples)).toThrow(InvalidArgumentError);
    expect(() => valueAndGradients(noiseObjective, model, examples)).toThrow(
      '[@st/core] valueAndGradients: the classifier must have parameters to train, got none.',
    );
    tf.dispose(examples);
  });
});

describe('trainStep', () => {
  it('equals search, gradient and update done separately', () => {
    const [model, twin] = [classifier(), classifier()];
    const options = { learningRate: 0.1, momentum: 0.9, weightDecay: 0.01 };
    const [optimizer, byHand] = [new SGD(options), new SGD(options)];
    keep(optimizer, byHand);
    const batch = batchOf(8);
    const terms = trainStep(model, batch, { objective: noiseObjective, optimizer, rng: createRng(3) });
    const examples = noiseObjective.search(twin, batch, createRng(3));
    const found = valueAndGradients(noiseObjective, twin, examples);
    byHand.update(twin.parameters, found.gradients);
    expect(terms.total.dataSync()).toEqual(found.terms.total.dataSync());
    model.parameters.forEach(({ variable }, i) => {
      expect(variable.dataSync()).toEqual(twin.parameters[i]?.variable.dataSync());
    });
    tf.dispose([batch, terms, examples, found.terms, [...found.gradients.values()]]);
  });

  it('runs gradient and update inside wrapUpdate', () => {
    const model = tinyClassifier();
    const optimizer = new SGD({ learningRate: 0.1 });
    const batch = batchOf(3);
    const log: string[] = [];
    const objective: Objective = {
      search: (_c, { images, labels }) => {
        log.push('search');
        return { labels: tf.clone(labels), views: { natural: tf.clone(images) } };
      },
      loss: (c, { views }) => {
        log.push('loss');
        return { total: tf.sum<tf.Scalar>(c.logits(views.natural, 'inference')) };
      },
      wrapUpdate: (c, _examples, update) => {
        const before = c.parameters[0]?.variable.dataSync().slice();
        const result = update();
        const moved = c.parameters[0]?.variable.dataSync().some((value, i) => value !== before?.[i]);
        log.push(moved ? 'moved inside wrapUpdate' : 'not moved');
        return result;
      },
    };
    tf.dispose(trainStep(model, batch, { objective, optimizer, rng: createRng(1) }));
    expect(log).toEqual(['search', 'loss', 'moved inside wrapUpdate']);
    expect(model.parameters[1]?.variable.dataSync()[0]).toBe(7);
    tf.dispose(batch);
  });

  it('passes stream, progress and carried tensors to the objective, and uses the gradients that it returns', () => {
    const model = tinyClassifier();
    const optimizer = new SGD({ learningRate: 1 });
    const carried = new CarriedTensors();
    keep(carried);
    const batch = batchOf(3);
    const rng = createRng(5);
    const progress = { epoch: 2, step: 1, stepsPerEpoch: 4, epochs: 3 };
    const seen: unknown[] = [];
    const objective: Objective = {
      ...noiseObjective,
      search: (c, data, stream, memory) => {
        seen.push(memory);
        return noiseObjective.search(c, data, stream);
      },
      gradients: (_c, _examples, context) => {
        seen.push(context);
        context.carried?.set('count', tf.add(context.carried.get('count') ?? 0, 1));
        return { terms: { total: tf.scalar(3) }, gradients: new Map([['unused', tf.tensor1d([2])]]) };
      },
      wrapUpdate: (_c, _examples, update, context) => {
        seen.push(context);
        return update();
      },
    };
    const step = () => tf.dispose(trainStep(model, batch, { objective, optimizer, rng, progress, carried }));
    step();
    expect(countTensors(step)).toBe(0);
    expect(seen.slice(0, 3)).toEqual([
      { progress, carried },
      { rng, progress, carried },
      { rng, progress, carried },
    ]);
    expect(carried.get('count')?.dataSync()[0]).toBe(2);
    expect(model.parameters.map(({ variable }) => variable.dataSync()[0])).toEqual([0.5, 3]);
    tf.dispose(batch);
  });

  it('clips the gradients of all parameters together to the given norm', () => {
    const [model, twin] = [classifier(), classifier()];
    const [optimizer, plain] = [new SGD({ learningRate: 1 }), new SGD({ learningRate: 1 })];
    keep(optimizer, plain);
    const batch = batchOf(8);
    const objective = noiseObjective;
    const movement = (c: Classifier, step: () => void): number => {
      const before = c.parameters.map(({ variable }) => variable.dataSync().slice());
      step();
      const moved = c.parameters.flatMap(({ variable }, i) =>
        Array.from(variable.dataSync(), (value, k) => value - (before[i]?.[k] ?? Number.NaN)),
      );
      return Math.hypot(...moved);
    };
    const clipped = movement(model, () => {
      tf.dispose(trainStep(model, batch, { objective, optimizer, rng: createRng(3), clipNorm: 0.01 }));
    });
    const whole = movement(twin, () => {
      tf.dispose(trainStep(twin, batch, { objective, optimizer: plain, rng: createRng(3), clipNorm: 1e6 }));
    });
    expect(clipped).toBeCloseTo(0.01, 5);
    expect(whole).toBeGreaterThan(0.05);
    expect(() => trainStep(model, batch, { objective, optimizer, rng: createRng(3), clipNorm: 0 })).toThrow(
      '[@st/core] trainStep: clipNorm must be a finite number > 0, got 0.',
    );
    tf.dispose(batch);
  });

  it('learns, and does not leak tensors over 50 steps', () => {
    const model = classifier();
    const optimizer = new SGD({ learningRate: 0.05, momentum: 0.9, weightDecay: 1e-4 });
    keep(optimizer);
    const totals: number[] = [];
    const step = () => {
      const batch = batchOf(12);
      const terms = trainStep(model, batch, { objective: noiseObjective, optimizer, rng: createRng(totals.length) });
      totals.push(terms.total.dataSync()[0] ?? Number.NaN);
      tf.dispose([batch, terms]);
    };
    step(); // the first step creates the momentum
    const counts = new Set(Array.from({ length: 50 }, () => countTensors(step)));
    expect([...counts]).toEqual([0]);
    expect(totals.at(-1)).toBeLessThan((totals[0] ?? 0) / 2);
  });

  it('leaks nothing if the update throws', () => {
    const model = classifier();
    const batch = batchOf(4);
    const optimizer = new SGD({ learningRate: () => 1 }); // setProgress is never called
    const step = () =>
      expect(() => trainStep(model, batch, { objective: noiseObjective, optimizer, rng: createRng(1) })).toThrow(
        'learningRate is a schedule',
      );
    expect(countTensors(step)).toBe(0);
    tf.dispose(batch);
  });

  it('refuses a malformed batch before the search', () => {
    const model = classifier();
    const optimizer = new SGD({ learningRate: 1 });
    const { images, labels } = batchOf(4);
    const halves = tf.cast(labels, 'float32') as tf.Tensor1D;
    const step = () =>
      trainStep(model, { images, labels: halves }, { objective: noiseObjective, optimizer, rng: createRng(1) });
    expect(step).toThrow(ShapeError);
    expect(step).toThrow('[@st/core] trainStep: labels must be int32 [batch]');
    tf.dispose([images, labels, halves]);
  });
});
