import { asClassifier, type BatchNormMode, type Classifier, createRng, InvalidArgumentError } from '@st/core';
import { crossEntropyPerExample } from '@st/losses';
import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it } from 'vitest';
import { l1, l2, linf } from '../ball/threat.ts';
import { convolutionalModel } from '../fixtures/convolutional-model.fixture.ts';
import { type PgdSearchOptions, pgdSearch } from './pgd-search.ts';

const model = convolutionalModel();
const { classifier, images, labels, lossAt } = model;
const base = { threat: linf(8 / 255), steps: 3, stepSize: 2 / 255 } satisfies PgdSearchOptions;
afterAll(model.dispose);

describe('pgdSearch', () => {
  it.each([
    { threat: linf(8 / 255), stepSize: 2 / 255 },
    { threat: l2(0.5), stepSize: 0.2 },
    { threat: l1(3), stepSize: 1 },
  ])('stays in the $threat.norm ball and in [0, 1], and raises the loss', ({ threat, stepSize }) => {
    tf.tidy(() => {
      const { adversarial } = pgdSearch({ threat, steps: 5, stepSize })(classifier, { images, labels }, createRng(2));
      const rows = tf.reshape(tf.sub(adversarial, images), [5, -1]);
      const order = { linf: Number.POSITIVE_INFINITY, l2: 2, l1: 1 }[threat.norm];
      expect(Math.max(...tf.norm(rows, order, 1).dataSync())).toBeLessThanOrEqual(threat.epsilon * (1 + 1e-5));
      expect(tf.min(adversarial).dataSync()[0]).toBeGreaterThanOrEqual(0);
      expect(tf.max(adversarial).dataSync()[0]).toBeLessThanOrEqual(1);
      expect(lossAt(adversarial)).toBeGreaterThan(lossAt(images));
    });
  });

  it('is the same for the same seed, and differs for another', () => {
    tf.tidy(() => {
      const run = (seed: number) => [
        ...pgdSearch(base)(classifier, { images, labels }, createRng(seed)).adversarial.dataSync(),
      ];
      expect(run(3)).toEqual(run(3));
      expect(run(3)).not.toEqual(run(4));
    });
  });

  it('starts at images + a perturbation given', () => {
    tf.tidy(() => {
      const start = tf.fill<tf.Rank.R4>([5, 6, 6, 2], 1 / 255);
      const { adversarial } = pgdSearch({ ...base, steps: 1, start })(classifier, { images, labels }, createRng(1));
      const moved = [...tf.mul(255, tf.sub(adversarial, images)).dataSync()];
      // one step of 2 / 255 from + 1 / 255; pixels near the bounds are clipped, those without gradient stay
      const inside = images.dataSync();
      moved.forEach((value, i) => {
        const pixel = inside[i] ?? 0;
        if (pixel > 0.02 && pixel < 0.98) expect([-1, 1, 3]).toContain(Math.round(value * 1e3) / 1e3);
      });
    });
  });

  it('clips its start to [0, 1] only with clipStart', () => {
    const starts = (changes: Partial<PgdSearchOptions>): Float32Array => {
      const seen: Float32Array[] = [];
      const watching: Classifier = {
        ...classifier,
        logits: (z, mode) => {
          seen.push(z.dataSync().slice() as Float32Array);
          return classifier.logits(z, mode);
        },
      };
      tf.dispose(
        pgdSearch({ ...base, threat: linf(0.5), steps: 1, ...changes })(watching, { images, labels }, createRng(3)),
      );
      return seen[0] ?? new Float32Array();
    };
    const [plain, clipped] = [starts({}), starts({ clipStart: true })];
    expect(Math.max(...plain)).toBeGreaterThan(1);
    expect([...clipped]).toEqual([...plain].map((pixel) => Math.min(Math.max(pixel, 0), 1)));
    const far = tf.fill<tf.Rank.R4>([5, 6, 6, 2], 2);
    expect(new Set(starts({ start: far, clipStart: true }))).toEqual(new Set([1]));
    far.dispose();
  });

  it('computes no gradient of the weights', async () => {
    const filters = tf.variable(createRng(6).normal<tf.Rank.R4>([3, 3, 2, 4]));
    const convolution = asClassifier((z) => tf.mean(tf.conv2d(z, filters, 1, 'same'), [1, 2]), { classes: 4 });
    const { kernelNames } = await tf.profile(() => pgdSearch(base)(convolution, { images, labels }, createRng(1)));
    expect(kernelNames).toContain('Conv2DBackpropInput');
    expect(kernelNames).not.toContain('Conv2DBackpropFilter');
    filters.dispose();
  });

  it('leaks no tensor besides its result for any number of steps and restarts', () => {
    const search = (changes: Partial<PgdSearchOptions>) => () =>
      tf.dispose(pgdSearch({ ...base, ...changes })(classifier, { images, labels }, createRng(1)));
    expect(countTensors(search({ steps: 1 }))).toBe(0);
    expect(countTensors(search({ steps: 6, mode: 'batch-tracking', keep: 'strongest' }))).toBe(0);
    expect(countTensors(search({ steps: 2, restarts: 3, threat: l1(3), stepSize: 1 }))).toBe(0);
    expect(countTensors(search({ steps: 2, targets: () => tf.tensor1d([1, 2, 3, 0, 1], 'int32') }))).toBe(0);
  });

  it('disposes everything if the classifier throws in a step', () => {
    let passes = 0;
    const failing = asClassifier(
      (z) => {
        passes++;
        if (passes === 3) throw new Error('device lost');
        return tf.slice(tf.reshape(z, [z.shape[0], -1]), [0, 0], [-1, 4]) as tf.Tensor2D;
      },
      { classes: 4 },
    );
    const leaked = countTensors(() => {
      expect(() => pgdSearch(base)(failing, { images, labels }, createRng(1))).toThrow('device lost');
    });
    expect(leaked).toBe(0);
  });

  it('keeps the strongest points of each example over restarts', () => {
    tf.tidy(() => {
      const rng = createRng(9);
      const { adversarial } = pgdSearch({ ...base, restarts: 3 })(classifier, { images, labels }, createRng(9));
      const each = [0, 1, 2].map(() => pgdSearch(base)(classifier, { images, labels }, rng).adversarial);
      const losses = each.map((points) => crossEntropyPerExample(classifier.logits(points, 'inference'), labels));
      expectClose(
        crossEntropyPerExample(classifier.logits(adversarial, 'inference'), labels),
        tf.max(tf.stack(losses), 0),
      );
    });
  });

  it('lowers the loss at the targets', () => {
    tf.tidy(() => {
      const targets = tf.tensor1d([1, 2, 3, 0, 1], 'int32');
      const targetLoss = (points: tf.Tensor4D): number =>
        tf.sum(crossEntropyPerExample(classifier.logits(points, 'inference'), targets)).dataSync()[0] ?? Number.NaN;
      for (const ascend of ['cross-entropy', 'margin'] as const) {
        const { adversarial } = pgdSearch({ ...base, targets, ascend })(classifier, { images, labels }, createRng(1));
        expect(targetLoss(adversarial)).toBeLessThan(targetLoss(images));
      }
    });
  });

  it('updates the running statistics once a step in mode batch-tracking, once more to keep the strongest, never in the others', () => {
    const passesIn = (mode: BatchNormMode, keep: 'last' | 'strongest'): number => {
      const modes: BatchNormMode[] = [];
      const counting: Classifier = {
        ...classifier,
        logits: (z, used) => {
          modes.push(used);
          return classifier.logits(z, 'inference');
        },
      };
      tf.dispose(pgdSearch({ ...base, mode, keep })(counting, { images, labels }, createRng(1)));
      expect(new Set(modes)).toEqual(new Set([mode]));
      return modes.length;
    };
    expect(passesIn('batch-tracking', 'last')).toBe(3);
    expect(passesIn('batch-tracking', 'strongest')).toBe(4);
    expect(passesIn('batch-frozen', 'last')).toBe(3);
    expect(passesIn('inference', 'strongest')).toBe(3);
  });

  it('rejects unknown and misspelt options, options out of range or of another type, and restarts from one point, each with a hint', () => {
    const build = (changes: object) => () => pgdSearch({ ...base, ...changes });
    expect(build({ threat: { norm: 'linf', epsilon: 8, bounds: [0, 1] } })).toThrow(
      '[@st/attacks] pgdSearch: epsilon must be a finite number in (0, 1], got 8. Inputs are in [0, 1]; for 8 grey levels pass 8 / 255.',
    );
    expect(build({ stepSize: 2 })).toThrow(
      'stepSize must be a finite number in (0, 1], got 2. For 2 grey levels pass 2 / 255.',
    );
    expect(build({ stepSize: Number.NaN })).toThrow('stepSize must be a finite number in (0, 1], got NaN.');
    expect(build({ steps: 0 })).toThrow('steps must be an integer >= 1, got 0.');
    expect(build({ stepsize: 1 })).toThrow("unknown option 'stepsize'; did you mean 'stepSize'?");
    expect(build({ mode: 'eval' })).toThrow(
      "mode must be one of 'inference', 'batch-frozen', 'batch-tracking', got 'eval'.",
    );
    expect(build({ ascend: 'dlr' })).toThrow("ascend must be one of 'cross-entropy', 'margin', got 'dlr'.");
    expect(build({ start: 'zero' })).toThrow(
      "start must be one of 'natural', 'uniform', 'gaussian', 'radial', got 'zero'.",
    );
    expect(build({ clipStart: 'no' })).toThrow("clipStart must be true or false, got 'no'.");
    expect(build({ targets: [1, 2, 3, 0, 1] })).toThrow(
      'targets must be a tensor or a function (batch, classifier) => targets, got [1, 2, 3, 0, …] (5 items).',
    );
    expect(build({ keep: 'best' })).toThrow("keep must be one of 'last', 'strongest', got 'best'.");
    expect(build({ restarts: 2, start: 'natural' })).toThrow(
      "restarts must start at random, got 2 restarts from 'natural', all the same. Use start 'uniform', 'gaussian' or 'radial'.",
    );
    expect(build({ restarts: 2, keep: 'last' })).toThrow(
      "keep must be 'strongest' with several restarts, got 'last', which throws all but one away.",
    );
    expect(build({ steps: 0 })).toThrow(InvalidArgumentError);
  });

  it('allows a step longer than the radius', () => {
    tf.tidy(() => {
      const { adversarial } = pgdSearch({ ...base, stepSize: 1 })(classifier, { images, labels }, createRng(1));
      expect(tf.max(tf.abs(tf.sub(adversarial, images))).dataSync()[0]).toBeLessThanOrEqual(8 / 255 + 1e-6);
    });
  });

  it('rejects a wrong batch, a start of another shape, targets of another size, and a radius in other units', () => {
    tf.tidy(() => {
      const search =
        (changes: Partial<PgdSearchOptions>, batch = { images, labels }) =>
        () =>
          pgdSearch({ ...base, ...changes })(classifier, batch, createRng(1));
      expect(search({}, { images, labels: tf.tensor1d([0], 'int32') })).toThrow(
        '[@st/attacks] pgdSearch: images and labels must have the same batch size, got 5 images and 1 labels.',
      );
      expect(search({ start: tf.zeros([5, 6, 6, 1]) })).toThrow(
        'start must be float32 [5, 6, 6, 2], got Tensor float32 [5,6,6,1].',
      );
      expect(search({ targets: tf.tensor1d([1], 'int32') })).toThrow('targets must be int32 [5], one class an example');
      expect(search({ targets: () => null as never })).toThrow(
        'targets must be int32 [5], one class an example, got null.',
      );
      expect(search({ threat: l2(128) })).toThrow('for 128 grey levels pass 128 / 255.');
    });
  });
});
