import type { Batch, Classifier, Examples, Objective } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

import { BOUNDS } from './bounds.ts';
import { checkStatistics, checkTensors } from './check-tensors.ts';
import { relativeError, relativeL2 } from './compare.ts';
import type { Golden } from './golden.ts';
import { gradientsOf, parametersOf } from './gradients-of.ts';
import type { Report } from './report.ts';
import { sgdOf, trainOnce } from './training-step.ts';

/** Our names of the loss terms that the files log: always the total, sometimes its parts. */
const TERMS = { loss: 'total', loss_natural: 'natural', loss_robust: 'robust', loss_entropy: 'entropy' } as const;

/** Compares the logits, with batch statistics, of the named images of the file. */
export function checkLogits(
  report: Report,
  golden: Golden,
  classifier: Classifier,
  images: Readonly<Record<string, tf.Tensor4D>>,
): void {
  for (const [name, points] of Object.entries(images)) {
    const logits = tf.tidy(() => classifier.logits(points, 'batch-frozen').dataSync().slice());
    report.check(name, relativeError(logits, golden.values(name)), BOUNDS.values);
  }
}

export type StepSetting = {
  readonly golden: Golden;
  readonly report: Report;
  readonly classifier: Classifier;
  /** The same network as a model, for its running statistics. */
  readonly model: LayersModel;
};

/** One training step at given examples, and an objective whose search returns them. */
export type StepAtPoints = {
  readonly objective: Objective;
  readonly batch: Batch;
  readonly examples: Examples;
};

/** Compares the loss, its gradients, the running statistics after its passes, and the parameters after one update. */
export async function checkTrainingStep(
  { golden, report, classifier, model }: StepSetting,
  { objective, batch, examples }: StepAtPoints,
): Promise<void> {
  const { terms, gradients } = gradientsOf(objective, classifier, examples);
  for (const [name, term] of Object.entries(TERMS)) {
    if (name !== 'loss' && !golden.has(name)) continue;
    report.check(name, relativeError([terms[term] ?? Number.NaN], golden.values(name)), BOUNDS.values);
  }
  const distance = relativeL2;
  const wanted = golden.under('grad');
  checkTensors(report, 'grad/', { actual: gradients, expected: wanted, distance, bound: BOUNDS.gradients });
  const statistics = golden.under('bn_after');
  await checkStatistics(report, 'bn_after/', { model, expected: statistics, bound: BOUNDS.statistics });
  const optimizer = sgdOf(golden);
  trainOnce(classifier, batch, { objective, optimizer });
  optimizer.dispose();
  const actual = parametersOf(classifier);
  const expected = golden.under('params_after1');
  checkTensors(report, 'params_after1/', { actual, expected, distance, bound: BOUNDS.gradients });
}
