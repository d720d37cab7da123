import { asClassifier, type Batch, type Classifier, createRng } from '@st/core';
import { keep } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { l2, linf } from '../../ball/threat.ts';
import { examplesAt, linearClassifier } from '../../fixtures/linear-model.fixture.ts';
import { randomnessOf, runInBatches } from '../../fixtures/run-attack.fixture.ts';
import { nearestMistake, severalClasses } from '../../fixtures/several-classes.fixture.ts';
import { type CarliniWagnerAttackOptions, carliniWagnerAttack } from './carlini-wagner-attack.ts';
import { carliniWagnerRun } from './carlini-wagner-run.ts';
import type { EarlyStop } from './descend.ts';

const threat = l2(0.5);
const quick = { steps: 60, constants: 6, firstConstant: 0.1, learningRate: 0.01 } as const;
const settings = { ...quick, confidence: 0, doneWithin: 0 } as const;

function examples(shares: readonly number[]): Batch {
  const batch = examplesAt(threat, shares);
  keep(batch.images, batch.labels);
  return batch;
}

describe('carliniWagnerAttack', () => {
  it('finds the nearest misclassified points of black and white images, which the published early stop does not', async () => {
    const classifier = severalClasses(3);
    const rng = createRng(2);
    const values = Array.from({ length: 2 * 16 }, () => Math.round(rng.next()));
    const images = tf.tensor4d(values, [2, 4, 4, 1]);
    const labels = tf.tidy(() => tf.cast(tf.argMax(classifier.logits(images, 'inference'), 1), 'int32') as tf.Tensor1D);
    keep(images, labels);
    const run = async (earlyStop: EarlyStop): Promise<Float64Array> => {
      const cw = { steps: 250, constants: 2, firstConstant: 1, learningRate: 0.04, confidence: 0, doneWithin: 0 };
      const { adversarial, distances } = await carliniWagnerRun(classifier, { images, labels }, { ...cw, earlyStop });
      keep(adversarial);
      return distances;
    };
    expect(Array.from(await run('published'))).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
    for (const [i, distance] of (await run('settled')).entries()) {
      const nearest = nearestMistake('l2', 3, values.slice(i * 16, (i + 1) * 16), labels.dataSync()[i] ?? 0);
      expect(distance).toBeGreaterThan(nearest * 0.999); // `nearest` ignores the box, so it is a lower bound
      expect(distance).toBeLessThan(2.5 * nearest);
    }
  });

  it('finds the nearest misclassified point of a linear model, whose distance is known', async () => {
    const shares = [0.3, 0.8, 1.5];
    const { adversarial, distances } = await carliniWagnerRun(linearClassifier(), examples(shares), settings);
    keep(adversarial);
    shares.forEach((share, i) => {
      expect(distances[i]).toBeGreaterThan(share * threat.epsilon * 0.9999);
      expect(distances[i]).toBeLessThan(share * threat.epsilon * 1.05);
    });
    const found = await runInBatches(carliniWagnerAttack({ threat, ...quick }), linearClassifier(), examples(shares));
    expect(found.found).toEqual([1, 1, 0]);
    expect(found.gradientCalls[0]).toBe((found.queries[0] ?? 0) - 1);
  });

  it('goes farther for a higher confidence', async () => {
    const run = async (confidence: number): Promise<number> => {
      const result = await carliniWagnerRun(linearClassifier(), examples([0.5]), { ...settings, confidence });
      keep(result.adversarial);
      const logits = tf.tidy(() => linearClassifier().logits(result.adversarial, 'inference').dataSync());
      expect((logits[1] ?? 0) - (logits[0] ?? 0)).toBeGreaterThanOrEqual(confidence);
      return result.distances[0] ?? Number.NaN;
    };
    expect(await run(1)).toBeGreaterThan((await run(0)) * 1.1);
  });

  it('gives the same points in batches of any size, and draws no random numbers', async () => {
    const batch = examples([0.2, 0.9, 1.2, 0.5, 0.7]);
    const classifier = linearClassifier({ pixels: (x) => tf.square(x) });
    const attack = carliniWagnerAttack({ threat, ...quick, steps: 30 });
    const whole = await runInBatches(attack, classifier, batch);
    expect(await runInBatches(attack, classifier, batch, { batchSize: 2 })).toEqual(whole);
    expect(await runInBatches(attack, classifier, batch, { seed: 2 })).toEqual(whole);
  });

  it("finds the same examples with fewer gradients with keep 'first'", async () => {
    const batch = examples([0.3, 0.8, 1.5]);
    const smallest = await runInBatches(carliniWagnerAttack({ threat, ...quick }), linearClassifier(), batch);
    const first = await runInBatches(
      carliniWagnerAttack({ threat, ...quick, keep: 'first' }),
      linearClassifier(),
      batch,
    );
    expect(first.found).toEqual(smallest.found);
    expect(first.gradientCalls[0]).toBeLessThan((smallest.gradientCalls[0] ?? 0) / 2);
    expect(first.gradientCalls[2]).toBe(smallest.gradientCalls[2]);
  });

  it('stays in [0, 1], and finds nothing on a constant model', async () => {
    const constant = asClassifier((x) => tf.tensor2d(Array(x.shape[0]).fill([1, 0])), { classes: 2 });
    const batch = examples([0.5, 3]);
    expect((await runInBatches(carliniWagnerAttack({ threat, ...quick, steps: 5 }), constant, batch)).found).toEqual([
      0, 0,
    ]);
    const far = await carliniWagnerRun(linearClassifier(), batch, { ...settings, confidence: 5 });
    keep(far.adversarial);
    const pixels = far.adversarial.dataSync();
    expect(Math.min(...pixels)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...pixels)).toBeLessThanOrEqual(1);
  });

  it('leaks no tensor, also if it is aborted or logits are NaN', async () => {
    const batch = examples([0.2, 1.5]);
    const linear = linearClassifier();
    const randomness = randomnessOf(1, [0, 1]);
    const before = tf.memory().numTensors;
    const attack = carliniWagnerAttack({ threat, ...quick, steps: 20 });
    (await attack.run(linear, batch, randomness)).adversarial.dispose();
    expect(tf.memory().numTensors).toBe(before);
    let calls = 0;
    const logits: Classifier['logits'] = (x, mode) =>
      tf.tidy(() => tf.mul(linear.logits(x, mode), ++calls < 9 ? 1 : Number.NaN));
    await expect(attack.run({ ...linear, logits }, batch, randomness)).rejects.toThrow(
      'logits must not be NaN, got some for a point of the descent',
    );
    expect(tf.memory().numTensors).toBe(before);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(attack.run(linear, batch, randomness, { signal })).rejects.toThrow('enough');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('reports the settings that its results depend on', () => {
    expect(carliniWagnerAttack({ threat })).toMatchObject({
      name: 'cw-l2',
      settings: {
        ...{ norm: 'l2', epsilon: 0.5, steps: 10_000, constants: 9, firstConstant: 0.001 },
        ...{ learningRate: 0.01, confidence: 0, keep: 'smallest' },
      },
    });
  });

  it('rejects other norms and options out of range, each with a hint', () => {
    const build = (changes: object) => () => carliniWagnerAttack({ threat, ...changes } as CarliniWagnerAttackOptions);
    expect(build({ threat: linf(0.1) })).toThrow(
      "[@st/attacks] carliniWagnerAttack: threat must be an l2 ball, got linf: this attack minimises the l2 distance. For the margin in linf use pgdAttack with ascend: 'margin'.",
    );
    expect(build({ steps: 0 })).toThrow('steps must be an integer >= 1, got 0.');
    expect(build({ constants: 0 })).toThrow('constants must be an integer >= 1, got 0.');
    expect(build({ firstConstant: 0 })).toThrow('firstConstant must be a finite number > 0, got 0.');
    expect(build({ learningRate: -1 })).toThrow('learningRate must be a finite number > 0, got -1.');
    expect(build({ confidence: -1 })).toThrow('confidence must be a finite number >= 0, got -1.');
    expect(build({ keep: 'last' })).toThrow("keep must be one of 'smallest', 'first', got 'last'.");
    expect(build({ kappa: 1 })).toThrow("unknown option 'kappa'");
  });
});
