import { type AscentStepOptions, ascentStep } from '@st/attacks/parts';
import { asClassifier, type Batch, type Classifier, createRng, type Loss, type Search } from '@st/core';
import { objective } from '@st/losses';
import { loadStateDict } from '@st/models';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

import { BOUNDS } from './bounds.ts';
import { checkPoints, checkStepGradient } from './check-points.ts';
import { checkLogits, checkTrainingStep } from './check-training-step.ts';
import { relativeL2 } from './compare.ts';
import type { Golden } from './golden.ts';
import { countOf, imagesAt, imagesOf, inTorchOrder, labelsOf, valuesAt } from './images.ts';
import { networkOf } from './network.ts';
import type { Report } from './report.ts';
import { searchFinding } from './training-step.ts';
import { withinRounding } from './within-rounding.ts';

/** A training method with a natural and an adversarial view, as the header of its file describes it. */
export type TwoViewMethod = {
  /** One step of its search; its loss may depend on the natural logits. */
  step(classifier: Classifier, batch: Batch): AscentStepOptions;
  /** The whole search, from the perturbation that the stored noise gives. */
  search(start: tf.Tensor4D): Search<'adversarial'>;
  /** Factor of the stored noise. */
  readonly noiseScale: number;
  readonly loss: Loss<'natural' | 'adversarial'>;
};

type Setting = {
  readonly golden: Golden;
  readonly report: Report;
  readonly classifier: Classifier;
  readonly method: TwoViewMethod;
};

/** The inner search, step by step if the file has its points, and as a whole; and one training step at the stored points. */
export async function checkTwoViews(golden: Golden, report: Report, method: TwoViewMethod): Promise<void> {
  const model = networkOf(golden);
  const setting = { golden, report, classifier: asClassifier(model), method };
  const check = (run: (at: Setting) => void): Promise<void> =>
    withinRounding(golden, report, (images, cases) =>
      tf.tidy(() => run({ ...setting, golden: images, report: cases })),
    );
  const steps = golden.has('x_adv_steps') ? countOf(golden, 'x_adv_steps') : 0;
  for (let step = 0; step < steps; step++) await check((at) => checkStep(at, step));
  if (golden.has('noise')) await check(checkWholeSearch);
  await withinRounding(golden, report, async (images, cases) => {
    loadStateDict(model, golden.under('state'));
    await checkTraining({ ...setting, golden: images, report: cases }, model);
  });
  model.dispose();
}

function batchOf(golden: Golden): Batch {
  return { images: imagesOf(golden, 'x'), labels: labelsOf(golden, 'y') };
}

function checkStep({ golden, report, classifier, method }: Setting, step: number): void {
  const batch = batchOf(golden);
  const options = method.step(classifier, batch);
  const next = ascentStep(classifier, { ...batch, points: imagesAt(golden, 'x_adv_steps', step) }, options);
  const isLast = step + 1 === countOf(golden, 'x_adv_steps');
  const expected = isLast ? golden.values('x_adv_final') : valuesAt(golden, 'x_adv_steps', step + 1);
  checkPoints(report, `x_adv_steps[${step + 1}]`, inTorchOrder(next.points), expected, options);
  if (!golden.has('grads') || step >= countOf(golden, 'grads')) return;
  const gradient = inTorchOrder(next.gradient);
  const stored = valuesAt(golden, 'grads', step);
  if (options.threat.norm === 'linf') {
    checkStepGradient(report, `grads[${step}]`, gradient, stored);
    return;
  }
  // In l2 the step uses the whole gradient. The published code descends the negative of the loss that ours ascends.
  const descent = gradient.map((value) => -value);
  report.check(`grads[${step}]`, relativeL2(descent, stored), BOUNDS.imageGradients);
}

function checkWholeSearch({ golden, report, classifier, method }: Setting): void {
  const batch = batchOf(golden);
  const { threat, stepSize } = method.step(classifier, batch);
  const start: tf.Tensor4D = tf.mul(method.noiseScale, imagesOf(golden, 'noise'));
  const found = inTorchOrder(method.search(start)(classifier, batch, createRng(0)).adversarial);
  const steps = golden.number('perturb_steps');
  checkPoints(report, 'x_adv_final whole', found, golden.values('x_adv_final'), { threat, stepSize, steps });
}

async function checkTraining({ golden, report, classifier, method }: Setting, model: LayersModel): Promise<void> {
  const batch = batchOf(golden);
  const adversarial = imagesOf(golden, 'x_adv_final');
  const training = objective({ search: searchFinding({ adversarial }), loss: method.loss });
  checkLogits(report, golden, classifier, { logits_nat: batch.images, logits_adv: adversarial });
  const examples = { labels: batch.labels, views: { natural: batch.images, adversarial } };
  await checkTrainingStep({ golden, report, classifier, model }, { objective: training, batch, examples });
  tf.dispose([batch.images, batch.labels, adversarial]);
}
