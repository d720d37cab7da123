import {
  type Attack,
  apgdAttack,
  autoAttack,
  carliniWagnerAttack,
  fabAttack,
  l2,
  linf,
  squareAttack,
} from '@st/attacks';
import { asClassifier, BackendError, CheckpointError, createRng, InvalidArgumentError, ShapeError } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { evaluateRobustness } from './evaluate-robustness.ts';
import type { EvaluateRobustnessOptions } from './evaluation-options.ts';
import { memoryStore } from './memory-store.fixture.ts';
import type { RobustnessReport } from './report/robustness-report.ts';
import { cornerAttack, pgdAttack } from './testing-attacks.fixture.ts';
import { brightnessClassifier, testingSet } from './testing-set.fixture.ts';
import { quadrantImages } from './trained-network.fixture.ts';

const threat = linf(0.1);
let weights: tf.Tensor2D;
beforeAll(() => {
  weights = createRng(1).normal([64, 4]) as tf.Tensor2D;
});
afterAll(() => weights.dispose());

/** A threshold and an equality, which have no gradient. */
const THRESHOLDS: Readonly<Record<string, (images: tf.Tensor4D) => tf.Tensor>> = {
  Greater: (images) => tf.cast(tf.greater(images, 0.5), 'float32'),
  Equal: (images) => tf.cast(tf.equal(tf.round(tf.mul(images, 9)), 4), 'float32'),
};
const through = (see: (images: tf.Tensor4D) => tf.Tensor) =>
  asClassifier((images) => tf.matMul(tf.reshape(see(images), [images.shape[0], 64]), weights) as tf.Tensor2D, {
    classes: 4,
    imageShape: [8, 8, 1],
  });

const evaluate = (changes: Partial<EvaluateRobustnessOptions>): Promise<RobustnessReport> =>
  evaluateRobustness({
    classifier: through(THRESHOLDS.Greater ?? ((images) => images)),
    dataset: quadrantImages(12, 2),
    attacks: [],
    seed: 0,
    ...changes,
  });

describe('an attack on a model without a gradient', () => {
  it.each(Object.entries(THRESHOLDS))('fails with a message that names %s, and square still runs', async (op, see) => {
    const classifier = through(see);
    const attacks = [
      apgdAttack({ threat, loss: 'ce', iterations: 3 }),
      fabAttack({ threat, iterations: 3 }),
      squareAttack({ threat, queries: 40 }),
    ];
    const report = await evaluate({ classifier, attacks });
    const alone = await evaluate({ classifier, attacks: [squareAttack({ threat, queries: 40 })] });
    expect(report.robust).toEqual(alone.robust);
    const [first, second, last] = report.attacks;
    for (const failed of [first, second]) {
      expect(failed).toMatchObject({ attacked: 0, broken: 0, failed: { code: 'ST_MISSING_GRADIENT' } });
      expect(failed?.failed?.message).toContain(op);
      for (const way of ['square', 'transferAttack', 'customGrad']) expect(failed?.failed?.message).toContain(way);
    }
    expect(last).toMatchObject({ failed: null, attacked: report.natural.correct });
    const flags = report.flags.filter(({ severity }) => severity === 'invalid').map(({ code }) => code);
    expect(flags).toEqual(expect.arrayContaining(['gradients-missing', 'attack-failed']));
    expect(report.failures.map(({ phase, attack, examples }) => [phase, attack, examples])).toEqual([
      ['attack', 'apgd-ce', report.natural.correct],
      ['attack', 'fab', report.natural.correct],
    ]);
  });

  it('does not end an evaluation by AutoAttack, CW, distances or a curve', async () => {
    const { attacks } = autoAttack({ threat, classes: 4, iterations: 3, queries: 10 });
    const report = await evaluate({
      attacks,
      distances: { iterations: 3 },
      curve: {
        epsilons: [0.05],
        attacksAt: (epsilon) => [apgdAttack({ threat: linf(epsilon), loss: 'ce', iterations: 3 })],
      },
    });
    expect(report.failures.map(({ phase, attack }) => `${phase} ${attack}`)).toEqual([
      ...['attack apgd-ce', 'attack apgd-t', 'attack fab-t', 'distances fab-distances', 'curve apgd-ce'],
    ]);
    expect(report.smallestPerturbations).toBeNull();
    const cw = await evaluate({ attacks: [carliniWagnerAttack({ threat: l2(1), steps: 3, constants: 1 })] });
    expect(cw.attacks[0]?.failed?.code).toBe('ST_MISSING_GRADIENT');
    expect(cw.robust).toEqual(cw.natural);
  });

  it('has the same failure after a resume', async () => {
    const store = memoryStore();
    const options = {
      attacks: [apgdAttack({ threat, loss: 'ce', iterations: 3 }), cornerAttack({ threat })],
      batchSize: 5,
    };
    const { timing: _, ...whole } = await evaluate({ ...options, state: store });
    const { timing: __, ...resumed } = await evaluate({ ...options, state: store, resume: true });
    expect(resumed).toEqual(whole);
    expect(resumed.failures[0]?.examples).toBe(whole.natural.correct);
  });
});

describe('an attack that throws', () => {
  const failing = (error: unknown, when = (_: readonly number[]) => true): Attack => {
    const inner = pgdAttack({ name: 'failing' });
    return {
      ...inner,
      run: async (classifier, batch, ...rest) => {
        if (when(await batch.labels.array())) throw error;
        return inner.run(classifier, batch, ...rest);
      },
    };
  };
  const evaluateWith = (attack: Attack): Promise<RobustnessReport> =>
    evaluateRobustness({
      classifier: brightnessClassifier,
      dataset: testingSet([0.01, -0.02, 0.05, -0.06]),
      attacks: [attack, cornerAttack()],
      batchSize: 1,
      seed: 1,
    });

  it.each([new InvalidArgumentError('no such targets'), new ShapeError('too wide')])(
    'an StError (%s) is a reported failure on the batches where it throws, and counts on all others',
    async (error) => {
      const report = await evaluateWith(failing(error, ([label]) => label === 1));
      const { message, code } = error;
      expect(report.attacks[0]).toMatchObject({ attacked: 2, broken: 1, failed: { code, message, examples: 2 } });
      expect(report.attacks[1]).toMatchObject({ attacked: 3, broken: 1, failed: null });
      expect(report.robust.correct).toBe(2);
      const flag = report.flags.find((raised) => raised.code === 'attack-failed');
      expect(flag).toMatchObject({ severity: 'invalid', seen: `failing, on 2 examples: ${message}` });
      expect(report.flags.map((raised) => raised.code)).not.toContain('gradients-missing');
    },
  );

  it.each([
    new Error('device lost'),
    new TypeError('x is undefined'),
    new BackendError('no memory'),
    new CheckpointError('disk full'),
  ])('%s ends the evaluation, and leaks no tensor', async (error) => {
    const before = tf.memory().numTensors;
    await expect(evaluateWith(failing(error))).rejects.toBe(error);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('synchronously is a reported failure, too', async () => {
    const attack: Attack = {
      ...pgdAttack(),
      run: () => {
        throw new InvalidArgumentError('not now');
      },
    };
    expect((await evaluateWith(attack)).attacks[0]?.failed?.message).toBe('not now');
  });

  it.each([undefined, null, {}, { adversarial: 3 }])('or returns %s is rejected with a ShapeError', async (result) => {
    const attack: Attack = { ...pgdAttack(), run: async () => result as never };
    await expect(evaluateWith(attack)).rejects.toThrow("attack 'pgd': it must return adversarial of the batch's shape");
    await expect(evaluateWith(attack)).rejects.toThrow(ShapeError);
  });
});
