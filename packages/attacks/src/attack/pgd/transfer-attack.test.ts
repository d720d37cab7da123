import { asClassifier, type Classifier } from '@st/core';
import { keep } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { linf } from '../../ball/threat.ts';
import { examplesAt, linearClassifier } from '../../fixtures/linear-model.fixture.ts';
import { randomnessOf, runInBatches } from '../../fixtures/run-attack.fixture.ts';
import { pgdAttack } from './pgd-attack.ts';
import { type TransferAttackOptions, transferAttack } from './transfer-attack.ts';

const threat = linf(0.1);
const walk = { threat, steps: 8, stepSize: 0.03 } as const;
/** It rounds its input, so its gradient is zero. */
const target = linearClassifier({ pixels: (x) => tf.div(tf.round(tf.mul(x, 64)), 64) });

function examples(shares: readonly number[]): ReturnType<typeof examplesAt> {
  const batch = examplesAt(threat, shares);
  keep(batch.images, batch.labels);
  return batch;
}

describe('transferAttack', () => {
  it('breaks a classifier that masks its gradient, with one forward pass a restart', async () => {
    const batch = examples([0.4, 0.7, 1.3, -0.3]);
    const direct = await runInBatches(pgdAttack(walk), target, batch);
    expect(direct.found).toEqual([0, 0, 0, 0]);
    const attack = transferAttack({ ...walk, restarts: 2, source: linearClassifier(), sourceName: 'linear' });
    const { found, queries, gradientCalls } = await runInBatches(attack, target, batch);
    expect(found).toEqual([1, 1, 0, 0]);
    expect(queries).toEqual([2, 2, 3, 1]);
    expect(gradientCalls).toEqual([0, 0, 0, 0]);
    expect(await runInBatches(attack, target, batch, { batchSize: 3 })).toEqual(
      await runInBatches(attack, target, batch),
    );
  });

  it('leaks no tensor, also if the source fails', async () => {
    const batch = examples([0.4, 1.3]);
    const source = linearClassifier();
    const before = tf.memory().numTensors;
    const randomness = randomnessOf(1, [0, 1]);
    const run = (from: Classifier) =>
      transferAttack({ ...walk, source: from, sourceName: 'linear' }).run(target, batch, randomness);
    (await run(source)).adversarial.dispose();
    expect(tf.memory().numTensors).toBe(before);
    const logits = (): never => {
      throw new Error('device lost');
    };
    await expect(run({ ...source, logits })).rejects.toThrow('device lost');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('has a name of the walk and the source', () => {
    const attack = transferAttack({ ...walk, ascend: 'margin', source: target, sourceName: 'resnet18' });
    expect(attack.name).toBe('transfer-cw-pgd-8-resnet18');
    expect(attack.settings).toMatchObject({ source: 'resnet18', steps: 8, ascend: 'margin' });
  });

  it('rejects a source that is no classifier, has no name or another number of classes', () => {
    const build = (changes: object) => () =>
      transferAttack({ ...walk, source: target, sourceName: 'a', ...changes } as TransferAttackOptions);
    expect(build({ source: undefined })).toThrow(
      '[@st/attacks] transferAttack: source must be a classifier, got undefined.',
    );
    expect(build({ sourceName: '' })).toThrow('sourceName must say which classifier the source is');
    expect(build({ sorce: target })).toThrow("unknown option 'sorce'");
    const three = asClassifier((x) => tf.zeros([x.shape[0], 3]), { classes: 3 });
    const attack = transferAttack({ ...walk, source: three, sourceName: 'three' });
    expect(() => attack.run(target, examples([0.4]), randomnessOf(1, [0]))).toThrow(
      'source must have the 2 classes of the classifier attacked, got 3.',
    );
  });
});
