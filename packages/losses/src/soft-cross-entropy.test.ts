import { type Dataset, fit, type Search, SGD } from '@st/core';
import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';

import { adversarialLoss } from './adversarial-loss.ts';
import { crossEntropy } from './cross-entropy.ts';
import { naturalLoss } from './natural-loss.ts';
import { noSearch, objective } from './objective.ts';
import { softCrossEntropy } from './soft-cross-entropy.ts';
import { tradesLoss } from './trades-loss.ts';

const logits = () => tf.tensor2d([0, Math.log(3), Math.log(4), 1, 2, 3], [2, 3]);

describe('softCrossEntropy', () => {
  it('weights -log p by the targets: 1/8, 3/8 and 4/8 at shares 0.5, 0.5, 0', () => {
    tf.tidy(() => {
      const first = tf.slice(logits(), 0, 1);
      const wanted = -0.5 * Math.log(1 / 8) - 0.5 * Math.log(3 / 8);
      expectClose(softCrossEntropy(first, tf.tensor2d([[0.5, 0.5, 0]])), [wanted]);
    });
  });

  it('equals crossEntropy in value and gradient for one-hot targets, with and without smoothing', () => {
    tf.tidy(() => {
      const labels = tf.tensor1d([2, 0], 'int32');
      const targets = tf.tensor2d([0, 0, 1, 1, 0, 0], [2, 3]);
      for (const labelSmoothing of [0, 0.3]) {
        const soft = tf.valueAndGrad((z) => softCrossEntropy(z as tf.Tensor2D, targets, { labelSmoothing }))(logits());
        const hard = tf.valueAndGrad((z) => crossEntropy(z as tf.Tensor2D, labels, { labelSmoothing }))(logits());
        expectClose(soft.value, hard.value);
        expectClose(soft.grad, hard.grad);
      }
    });
  });

  it('is the loss of natural and adversarial training at soft labels, and leaks no tensor', () => {
    const targets = tf.tensor2d([0.7, 0, 0.3, 0.2, 0.8, 0], [2, 3]);
    const labels = tf.tensor1d([0, 1], 'int32');
    const z = logits();
    const wanted = softCrossEntropy(z, targets);
    const natural = naturalLoss()({ natural: z }, labels, targets);
    const adversarial = adversarialLoss()({ adversarial: z }, labels, targets);
    expectClose(natural.total, wanted);
    expectClose(adversarial.total, wanted);
    tf.dispose([natural, adversarial, wanted]);
    expect(countTensors(() => tf.dispose(naturalLoss()({ natural: z }, labels, targets)))).toBe(0);
    tf.dispose([targets, labels, z]);
  });

  it('rejects targets of another shape', () => {
    tf.tidy(() => {
      expect(() => softCrossEntropy(logits(), tf.ones([2, 4]))).toThrow(
        '[@st/losses] softCrossEntropy: targets must be float32 [2, 3], got Tensor float32 [2,4].',
      );
    });
  });
});

describe('training on soft labels', () => {
  /** Two pixels, share and 1 - share, and the same values as soft labels: a linear model can learn this. */
  const set: Dataset = {
    name: 'shares',
    size: 32,
    classes: 2,
    imageShape: [1, 2, 1],
    batch: (indices) => {
      const shares = Array.from(indices, (index) => index / 31);
      const pairs = shares.flatMap((share) => [share, 1 - share]);
      return {
        images: tf.tensor4d(pairs, [shares.length, 1, 2, 1]),
        labels: tf.tensor1d(
          shares.map((share) => (share >= 0.5 ? 0 : 1)),
          'int32',
        ),
        targets: tf.tensor2d(pairs, [shares.length, 2]),
      };
    },
  };
  const model = () =>
    sequential({
      layers: [layers.flatten({ inputShape: [1, 2, 1] }), layers.dense({ units: 2, kernelInitializer: 'zeros' })],
    });
  const settings = { epochs: 60, batchSize: 8, seed: 1 };

  it('converges to the soft labels in fit, not to the class with the larger share', async () => {
    const net = model();
    const optimizer = new SGD({ learningRate: 0.5, momentum: 0.9 });
    const objectiveOf = objective({ search: noSearch, loss: naturalLoss() });
    await fit(net, set, { ...settings, objective: objectiveOf, optimizer });
    const share = tf.tidy(
      () => tf.softmax(net.predict(tf.tensor4d([0.7, 0.3], [1, 1, 2, 1])) as tf.Tensor).dataSync()[0],
    );
    expect(share).toBeGreaterThan(0.6);
    expect(share).toBeLessThan(0.85); // training on class indices gives 0.998
    net.dispose();
    optimizer.dispose();
  });

  it('is rejected by fit for a loss that takes class indices only', async () => {
    const net = model();
    const optimizer = new SGD({ learningRate: 0.5 });
    const search: Search<'adversarial'> = (_classifier, { images }) => ({ adversarial: tf.clone(images) });
    const trades = objective({ search, loss: tradesLoss({ beta: 6 }) });
    await expect(fit(net, set, { ...settings, objective: trades, optimizer })).rejects.toThrow(
      '[@st/losses] objective: this loss takes class indices only, got a batch with soft labels [8,2].',
    );
    net.dispose();
    optimizer.dispose();
  });
});
