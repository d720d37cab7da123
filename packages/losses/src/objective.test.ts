import {
  asClassifier,
  type BatchNormMode,
  type Classifier,
  createRng,
  type Loss,
  type Pass,
  type Search,
} from '@st/core';
import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';

import { adversarialLoss } from './adversarial-loss.ts';
import { naturalLoss } from './natural-loss.ts';
import { noSearch, objective } from './objective.ts';
import { SQUEEZE_RST_PASSES, squeezeLoss } from './squeeze-loss.ts';
import { tradesLoss } from './trades-loss.ts';

/** The two pixels are the logits; records the mean pixel and the mode of each pass. */
function recorder(): { classifier: Classifier; passes: string[] } {
  const passes: string[] = [];
  const classifier = asClassifier(
    (images: tf.Tensor4D, mode: BatchNormMode) => {
      passes.push(`${tf.tidy(() => tf.mean(images).dataSync()[0])} ${mode}`);
      return tf.reshape(images, [images.shape[0], 2]);
    },
    { classes: 2 },
  );
  return { classifier, passes };
}

const batch = () => ({ images: tf.zeros<tf.Rank.R4>([2, 1, 2, 1]), labels: tf.tensor1d([0, 1], 'int32') });
const shifted = (images: tf.Tensor4D, by: number): tf.Tensor4D => tf.add(images, by);
const search: Search<'adversarial' | 'collaborative'> = (_classifier, { images }) => ({
  adversarial: shifted(images, 0.5),
  collaborative: shifted(images, 0.25),
});
const squeeze = squeezeLoss({ beta: 1, divergence: 'js' });

describe('objective', () => {
  it('forwards the views in the published order and modes', () => {
    tf.tidy(() => {
      const { classifier, passes } = recorder();
      const { search: find, loss } = objective({ search, loss: squeeze });
      loss(classifier, find(classifier, batch(), createRng(1)));
      expect(passes).toEqual(['0.25 batch-frozen', '0 batch-tracking', '0.5 batch-tracking']);
    });
  });

  it('forwards the views in the order of the option passes', () => {
    tf.tidy(() => {
      const { classifier, passes } = recorder();
      const { search: find, loss } = objective({ search, loss: squeeze, passes: SQUEEZE_RST_PASSES });
      loss(classifier, find(classifier, batch(), createRng(1)));
      expect(passes).toEqual(['0.25 batch-frozen', '0.5 batch-tracking', '0 batch-tracking']);
    });
  });

  it('updates the running statistics again in a statistics pass, without a gradient through it', () => {
    const model = sequential({
      layers: [
        layers.batchNormalization({ inputShape: [1, 2, 1], momentum: 0.5 }),
        layers.flatten(),
        layers.dense({ units: 2, kernelInitializer: 'ones' }),
      ],
    });
    const classifier = asClassifier(model);
    const images = tf.tensor4d([0, 0.2, 0.8, 1], [2, 1, 2, 1]); // mean 0.5
    const labels = tf.tensor1d([0, 1], 'int32');
    const three = objective({ search, loss: tradesLoss({ beta: 1 }) });
    const two = objective({
      search,
      loss: tradesLoss({ beta: 1 }),
      passes: tradesLoss({ beta: 1 }).passes.slice(0, 2),
    });
    tf.tidy(() => {
      const [movingMean] = classifier.statistics.map(({ variable }) => variable);
      const examples = three.search(classifier, { images, labels }, createRng(1));
      const gradients = [two, three].map((one) => {
        movingMean?.assign(tf.zeros([1]));
        const weights = classifier.parameters.map(({ variable }) => variable);
        return tf.variableGrads(() => one.loss(classifier, examples).total, weights).grads;
      });
      // natural 0.5 and adversarial 1.0, each with momentum 0.5: 0 -> 0.25 -> 0.625, then natural again: 0.5625
      expectClose(movingMean ?? [], [0.5625]);
      for (const [name, gradient] of Object.entries(gradients[0] ?? {}))
        expectClose(gradients[1]?.[name] ?? [], gradient);
    });
    tf.dispose([images, labels]);
    model.dispose();
  });

  it('does not dispose the batch and leaks no tensor; the caller disposes examples and terms', () => {
    const { classifier } = recorder();
    const { images, labels } = batch();
    const { search: find, loss, wrapUpdate } = objective({ search, loss: squeeze });
    const leaked = countTensors(() => {
      for (let i = 0; i < 5; i++) {
        const examples = find(classifier, { images, labels }, createRng(1));
        tf.dispose(wrapUpdate(classifier, examples, () => loss(classifier, examples)));
        tf.dispose(examples);
      }
    });
    expect(leaked).toBe(0);
    expectClose(images, [0, 0, 0, 0]);
    tf.dispose([images, labels]);
  });

  it('trains on natural images with noSearch', () => {
    tf.tidy(() => {
      const { classifier } = recorder();
      const natural = objective({ search: noSearch, loss: naturalLoss() });
      const { total } = natural.loss(classifier, natural.search(classifier, batch(), createRng(1)));
      expectClose(total, [Math.log(2)]);
    });
  });

  it('rejects a search that lacks a view, and disposes the views found', () => {
    const { classifier } = recorder();
    const { images, labels } = batch();
    const loose = noSearch as Search<'adversarial'>;
    const leaked = countTensors(() => {
      expect(() =>
        objective({ search: loose, loss: adversarialLoss() }).search(classifier, { images, labels }, createRng(1)),
      ).toThrow(
        '[@st/losses] objective: search: the loss needs the adversarial view, got only natural. Give objective a search that finds it.',
      );
    });
    expect(leaked).toBe(0);
    tf.dispose([images, labels]);
  });

  it('rejects views of another shape, and an empty batch', () => {
    tf.tidy(() => {
      const { classifier } = recorder();
      const wrong: Search<'adversarial'> = () => ({ adversarial: tf.zeros([1, 1, 2, 1]) });
      const { search: find } = objective({ search: wrong, loss: adversarialLoss() });
      expect(() => find(classifier, batch(), createRng(1))).toThrow(
        "[@st/losses] objective: search: the adversarial view must have the batch's shape [2,1,2,1], got Tensor float32 [1,1,2,1].",
      );
      const none = { images: tf.zeros<tf.Rank.R4>([0, 1, 2, 1]), labels: tf.tensor1d([], 'int32') };
      expect(() => find(classifier, none, createRng(1))).toThrow('[@st/losses] objective: search: the batch is empty');
    });
  });

  it('rejects passes that lack a view, forward one twice, or name an unknown one', () => {
    const build = (passes: readonly Pass<'adversarial'>[]) => () =>
      objective({ search, loss: adversarialLoss(), passes });
    const pass: Pass<'adversarial'> = { view: 'adversarial', mode: 'batch-frozen' };
    expect(build([])).toThrow(
      '[@st/losses] objective: passes must forward each view that the loss takes once for its logits (adversarial), got none.',
    );
    expect(build([pass, pass])).toThrow(
      "got adversarial, adversarial. Mark a further pass of a view with { use: 'statistics' }.",
    );
    expect(build([{ view: 'friendly' as 'adversarial', mode: 'batch-frozen' }])).toThrow(
      "passes view must be one of 'natural', 'collaborative', 'adversarial', got 'friendly'.",
    );
    expect(build([{ ...pass, mode: 'train' as BatchNormMode }])).toThrow("passes mode must be one of 'inference'");
    expect(build([{ ...pass, use: 'both' as 'logits' }])).toThrow("passes use must be one of 'logits', 'statistics'");
  });

  it('passes soft labels to a loss that takes them, and rejects them for other losses', () => {
    tf.tidy(() => {
      const { classifier } = recorder();
      const mixed = { ...batch(), targets: tf.tensor2d([0.75, 0.25, 0, 1], [2, 2]) };
      const seen: number[] = [];
      const reading: Loss<'natural'> = Object.assign(
        ({ natural }: { natural: tf.Tensor2D }, _labels: tf.Tensor1D, targets?: tf.Tensor2D) => {
          seen.push(...(targets?.dataSync() ?? []));
          return { total: tf.mean<tf.Scalar>(natural) };
        },
        { passes: naturalLoss().passes, takesTargets: true } as const,
      );
      const taking = objective({ search: noSearch, loss: reading });
      taking.loss(classifier, taking.search(classifier, mixed, createRng(1)));
      expect(seen).toEqual([0.75, 0.25, 0, 1]);

      const refusing = objective({ search, loss: squeeze });
      const message =
        '[@st/losses] objective: this loss takes class indices only, got a batch with soft labels [2,2]. Train without MixUp and CutMix';
      expect(() => refusing.search(classifier, mixed, createRng(1))).toThrow(message);
      const examples = refusing.search(classifier, batch(), createRng(1));
      expect(() => refusing.loss(classifier, { ...examples, targets: mixed.targets })).toThrow(message);
    });
  });

  it('rejects a search or loss that is not a function', () => {
    expect(() => objective({ search: 'pgd' as unknown as Search<'adversarial'>, loss: adversarialLoss() })).toThrow(
      "[@st/losses] objective: search must be a function, got 'pgd'. Build one: squeezeSearch({ ... }), or noSearch for natural training.",
    );
  });
});
