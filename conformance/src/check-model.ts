import { asClassifier, type BatchNormMode, type Classifier } from '@st/core';
import { crossEntropy, naturalLoss, noSearch, objective } from '@st/losses';
import * as tf from '@tensorflow/tfjs-core';

import { BOUNDS } from './bounds.ts';
import { checkStatistics, checkTensors } from './check-tensors.ts';
import type { Checker } from './checker.ts';
import { relativeError, relativeL2, signMismatchShare } from './compare.ts';
import type { Golden } from './golden.ts';
import { gradientsOf } from './gradients-of.ts';
import { imagesOf, inTorchOrder, labelsOf } from './images.ts';
import { networkOf } from './network.ts';
import type { Report } from './report.ts';
import { withinRounding } from './within-rounding.ts';

/**
 * A network: its logits, cross-entropy and gradient with respect to the images, with running and with batch statistics; its parameter gradients, and its
 * running statistics after one training pass.
 */
export const checkModel: Checker = (golden, report) => withinRounding(golden, report, checkNetwork);

async function checkNetwork(golden: Golden, report: Report): Promise<void> {
  const model = networkOf(golden);
  const classifier = asClassifier(model);
  checkForward(golden, report, classifier, { suffix: '_eval', mode: 'inference' });
  checkForward(golden, report, classifier, { suffix: '_train', mode: 'batch-frozen' });
  const examples = { labels: labelsOf(golden, 'y'), views: { natural: imagesOf(golden, 'x') } };
  const { gradients } = gradientsOf(objective({ search: noSearch, loss: naturalLoss() }), classifier, examples);
  tf.dispose(examples);
  const expected = golden.under('grad');
  checkTensors(report, 'grad/', { actual: gradients, expected, distance: relativeL2, bound: BOUNDS.gradients });
  await checkStatistics(report, 'bn_after/', {
    model,
    expected: golden.under('bn_after'),
    bound: BOUNDS.statistics,
  });
  model.dispose();
}

/** A batch-norm mode and the names of its results in the file. */
export type ForwardCase = {
  /** Prefix of the names: `'resnet18/'`. Default: none. */
  readonly prefix?: string;
  readonly suffix: '_eval' | '_train';
  readonly mode: BatchNormMode;
};

/** Compares logits, cross-entropy and the gradient with respect to the images, for the first images of `x`: as many as the file has logits for. */
export function checkForward(golden: Golden, report: Report, classifier: Classifier, where: ForwardCase): void {
  const { prefix = '', suffix, mode } = where;
  const name = (stem: string): string => `${prefix}${stem}${suffix}`;
  if (!golden.has(name('logits'))) return;
  const count = golden.tensor(name('logits')).shape[0] ?? 0;
  const { logits, loss, gradient, absolute } = tf.tidy(() => {
    const x = tf.slice(imagesOf(golden, 'x'), 0, count);
    const y = tf.slice(labelsOf(golden, 'y'), 0, count);
    const forward = tf.valueAndGrad((images) => crossEntropy(classifier.logits(images as tf.Tensor4D, mode), y));
    const { value, grad } = forward(x);
    return {
      logits: classifier.logits(x, mode).dataSync().slice(),
      loss: value.dataSync().slice(),
      gradient: inTorchOrder(grad as tf.Tensor4D),
      absolute: tf.sum(tf.abs(grad), [1, 2, 3]).dataSync().slice(),
    };
  });
  report.check(name('logits'), relativeError(logits, golden.values(name('logits'))), BOUNDS.values);
  report.check(name('loss'), relativeError(loss, golden.values(name('loss'))), BOUNDS.values);
  if (golden.has(name('dx'))) {
    const expected = golden.values(name('dx'));
    const signs = `signs differ in ${(100 * signMismatchShare(gradient, expected)).toFixed(3)} %`;
    report.check(name('dx'), relativeL2(gradient, expected), BOUNDS.imageGradients, signs);
  }
  if (golden.has(name('f64_logits'))) {
    report.check(name('f64_logits'), relativeError(logits, golden.values(name('f64_logits'))), BOUNDS.values);
  }
  if (golden.has(name('f64_dx_sumabs'))) {
    const error = relativeError(absolute, golden.values(name('f64_dx_sumabs')));
    report.check(name('f64_dx_sumabs'), error, BOUNDS.imageGradients);
  }
}
