import { asClassifier, type Batch, type Classifier, createRng, type Norm, type ThreatModel } from '@st/core';
import { keep } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { randomStart } from '../../ball/random-start.ts';
import { l1, l2, linf } from '../../ball/threat.ts';
import { examplesAt, linearClassifier } from '../../fixtures/linear-model.fixture.ts';
import { randomnessOf, runInBatches } from '../../fixtures/run-attack.fixture.ts';
import { CIFAR10_LINF, PGD_20, PGD_100 } from '../../published-settings.ts';
import { pgdSearch } from '../../search/pgd-search.ts';
import { fgsmAttack } from './fgsm-attack.ts';
import { type PgdAttackOptions, pgdAttack } from './pgd-attack.ts';

const THREATS: Readonly<Record<Norm, ThreatModel>> = { linf: linf(0.1), l2: l2(0.5), l1: l1(0.4) };
const NORMS = Object.keys(THREATS) as Norm[];
const threat = THREATS.linf;
const walk = { threat, steps: 8, stepSize: 0.03 } as const;

function examples(shares: readonly number[], of = threat): Batch {
  const batch = examplesAt(of, shares);
  keep(batch.images, batch.labels);
  return batch;
}

describe('pgdAttack', () => {
  it.each(NORMS)('breaks in %s exactly the examples that a perturbation can break on a linear model', async (norm) => {
    const of = THREATS[norm];
    const attack = pgdAttack({ threat: of, steps: 20, stepSize: of.epsilon / 4, start: 'natural' });
    const { found } = await runInBatches(attack, linearClassifier(), examples([0.1, 0.98, 1.02], of));
    expect(found).toEqual([1, 1, 0]);
  });

  it.each(['cross-entropy', 'margin'] as const)(
    'raises the %s and ends at the points of pgdSearch from the same start',
    async (ascend) => {
      const batch = examples([0.5]);
      const classifier = linearClassifier({ pixels: (x) => tf.square(x) });
      const { adversarial, found } = await runInBatches(pgdAttack({ ...walk, ascend }), classifier, batch);
      const rng = randomnessOf(1, [0]).examples[0]?.split('pgd: target 0, restart 0');
      if (!rng) throw new Error('no stream');
      const start = randomStart('uniform', threat, batch.images.shape, rng);
      const { adversarial: same } = pgdSearch({ ...walk, ascend, start })(classifier, batch, createRng(9));
      expect(found).toEqual([1]);
      expect(adversarial[0]).toEqual([...same.dataSync()]);
      tf.dispose([start, same]);
    },
  );

  it('gives the same points in batches of any size', async () => {
    const batch = examples([0.2, 0.9, 1.2, 0.5, 0.7]);
    const classifier = linearClassifier({ pixels: (x) => tf.square(x) });
    const attack = pgdAttack({ ...walk, restarts: 2 });
    const whole = await runInBatches(attack, classifier, batch);
    expect(await runInBatches(attack, classifier, batch, { batchSize: 2 })).toEqual(whole);
    expect(await runInBatches(attack, classifier, batch, { batchSize: 1 })).toEqual(whole);
    expect(await runInBatches(attack, classifier, batch, { seed: 2 })).not.toEqual(whole);
  });

  it('counts a forward pass and a gradient a step and one pass at the end, for each restart on active examples', async () => {
    const batch = examples([0.2, 1.5, -0.5]);
    const { queries, gradientCalls, found } = await runInBatches(
      pgdAttack({ ...walk, restarts: 3 }),
      linearClassifier(),
      batch,
    );
    expect(found).toEqual([1, 0, 0]);
    expect(gradientCalls).toEqual([8, 24, 0]);
    expect(queries).toEqual([1 + 9, 1 + 27, 1]);
  });

  it('does not move on a model that ignores or rounds its input', async () => {
    const constant = asClassifier((x) => tf.tensor2d(Array(x.shape[0]).fill([1, 0])), { classes: 2 });
    const rounding = linearClassifier({ pixels: (x) => tf.div(tf.round(tf.mul(x, 16)), 16) });
    expect((await runInBatches(pgdAttack(walk), constant, examples([0.5]))).found).toEqual([0]);
    expect((await runInBatches(pgdAttack(walk), rounding, examples([0.5, 0.7]))).found).toEqual([0, 0]);
  });

  it('leaks no tensor, also if it fails or is aborted', async () => {
    const batch = examples([0.2, 1.5]);
    const linear = linearClassifier();
    const randomness = randomnessOf(1, [0, 1]);
    const before = tf.memory().numTensors;
    const attack = pgdAttack({ ...walk, restarts: 2 });
    (await attack.run(linear, batch, randomness)).adversarial.dispose();
    expect(tf.memory().numTensors).toBe(before);
    for (const failAt of [4, 10]) {
      let calls = 0;
      const logits: Classifier['logits'] = (images, mode) => {
        if (++calls === failAt) throw new Error('device lost');
        return linear.logits(images, mode);
      };
      await expect(attack.run({ ...linear, logits }, batch, randomness)).rejects.toThrow('device lost');
      expect(tf.memory().numTensors).toBe(before);
    }
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(attack.run(linear, batch, randomness, { signal })).rejects.toThrow('enough');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('has the name that papers use, and reports the settings that its results depend on', () => {
    expect(pgdAttack({ threat: CIFAR10_LINF, ...PGD_20 }).name).toBe('pgd-20');
    expect(pgdAttack({ threat: CIFAR10_LINF, ...PGD_100, ascend: 'margin' }).name).toBe('cw-pgd-100');
    expect(pgdAttack({ ...walk, restarts: 10 }).name).toBe('pgd-8-10');
    expect(pgdAttack({ ...walk, name: 'mine' }).name).toBe('mine');
    expect(pgdAttack(walk).settings).toEqual({
      ...threat,
      ...{ steps: 8, stepSize: 0.03, ascend: 'cross-entropy', start: 'uniform', restarts: 1 },
    });
  });

  it('rejects unknown and misspelt options, options out of range, and restarts from one point, each with a hint', () => {
    const build = (changes: object) => () => pgdAttack({ ...walk, ...changes } as PgdAttackOptions);
    expect(build({ steps: 0 })).toThrow('[@st/attacks] pgdAttack: steps must be an integer >= 1, got 0.');
    expect(build({ stepsize: 1 })).toThrow("unknown option 'stepsize'; did you mean 'stepSize'?");
    expect(build({ start: 'zero' })).toThrow(
      "start must be one of 'natural', 'uniform', 'gaussian', 'radial', got 'zero'.",
    );
    expect(build({ ascend: 'dlr' })).toThrow("ascend must be one of 'cross-entropy', 'margin', got 'dlr'.");
    expect(build({ restarts: 2, start: 'natural' })).toThrow(
      "restarts must start at random, got 2 restarts from 'natural', all the same. Use start 'uniform'.",
    );
  });
});

describe('fgsmAttack', () => {
  it('takes one step of the whole radius from the image', async () => {
    const batch = examples([0.98, 1.02]);
    const { found, queries, gradientCalls } = await runInBatches(fgsmAttack({ threat }), linearClassifier(), batch);
    expect(found).toEqual([1, 0]);
    expect(gradientCalls).toEqual([1, 1]);
    expect(queries).toEqual([3, 3]);
    expect(fgsmAttack({ threat }).name).toBe('fgsm');
  });

  it('rejects a step size', () => {
    expect(() => fgsmAttack({ threat, ...{ stepSize: 0.1 } })).toThrow(
      "[@st/attacks] fgsmAttack: unknown option 'stepSize'",
    );
  });
});
