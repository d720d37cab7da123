import { ascentStep, GAUSSIAN_START_DEVIATION, linf, tradesSearch } from '@st/attacks';
import { asClassifier, type Batch, type Classifier, createRng } from '@st/core';
import { klDivergencePerExample, objective, tradesLoss } from '@st/losses';
import { loadStateDict } from '@st/models';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

import { checkPoints, checkStepGradient } from './check-points.ts';
import { checkLogits, checkTrainingStep } from './check-training-step.ts';
import type { Checker } from './checker.ts';
import type { Golden } from './golden.ts';
import { countOf, imagesAt, imagesOf, inTorchOrder, labelsOf, valuesAt } from './images.ts';
import { networkOf } from './network.ts';
import type { Report } from './report.ts';
import { searchFinding } from './training-step.ts';
import { withinRounding } from './within-rounding.ts';

type Setting = {
  readonly golden: Golden;
  readonly report: Report;
  readonly classifier: Classifier;
};

/** TRADES in the l-infinity ball: its inner search, and one training step at the stored points. */
export const checkTrades: Checker = async (golden, report) => {
  const model = networkOf(golden);
  const setting = { golden, report, classifier: asClassifier(model) };
  const check = (run: (at: Setting) => void): Promise<void> =>
    withinRounding(golden, report, (images, cases) =>
      tf.tidy(() => run({ ...setting, golden: images, report: cases })),
    );
  const steps = golden.number('perturb_steps');
  for (let step = 0; step < steps; step++) await check((at) => checkStep(at, step));
  await check((at) => checkWholeSearch(at, steps));
  await withinRounding(golden, report, async (images, cases) => {
    loadStateDict(model, golden.under('state'));
    await checkTraining({ ...setting, golden: images, report: cases }, model);
  });
  model.dispose();
};

function batchOf(golden: Golden): Batch {
  return { images: imagesOf(golden, 'x'), labels: labelsOf(golden, 'y') };
}

function checkStep({ golden, report, classifier }: Setting, step: number): void {
  const stepSize = golden.number('step_size');
  const threat = linf(golden.number('epsilon'));
  const batch = batchOf(golden);
  const natural = classifier.logits(batch.images, 'inference');
  const ascend = (logits: tf.Tensor2D): tf.Tensor1D => klDivergencePerExample(natural, logits);
  const points = imagesAt(golden, 'x_adv_steps', step);
  const options = { threat, stepSize, mode: 'inference', ascend, direction: 'up' } as const;
  const next = ascentStep(classifier, { ...batch, points }, options);
  const isLast = step + 1 === countOf(golden, 'x_adv_steps');
  const expected = isLast ? golden.values('x_adv_final') : valuesAt(golden, 'x_adv_steps', step + 1);
  checkPoints(report, `x_adv_steps[${step + 1}]`, inTorchOrder(next.points), expected, { stepSize });
  if (step >= countOf(golden, 'grads')) return;
  checkStepGradient(report, `grads[${step}]`, inTorchOrder(next.gradient), valuesAt(golden, 'grads', step));
}

function checkWholeSearch({ golden, report, classifier }: Setting, steps: number): void {
  const stepSize = golden.number('step_size');
  const start = tf.mul(GAUSSIAN_START_DEVIATION, imagesOf(golden, 'noise')) as tf.Tensor4D;
  const search = tradesSearch({ threat: linf(golden.number('epsilon')), steps, stepSize, start });
  const found = inTorchOrder(search(classifier, batchOf(golden), createRng(0)).adversarial);
  checkPoints(report, 'x_adv_final whole', found, golden.values('x_adv_final'), { stepSize, steps });
}

async function checkTraining({ golden, report, classifier }: Setting, model: LayersModel): Promise<void> {
  const batch = batchOf(golden);
  const adversarial = imagesOf(golden, 'x_adv_final');
  const training = objective({
    search: searchFinding({ adversarial }),
    loss: tradesLoss({ beta: golden.number('beta') }),
  });
  checkLogits(report, golden, classifier, { logits_nat: batch.images, logits_adv: adversarial });
  const examples = { labels: batch.labels, views: { natural: batch.images, adversarial } };
  await checkTrainingStep({ golden, report, classifier, model }, { objective: training, batch, examples });
  tf.dispose([batch.images, batch.labels, adversarial]);
}
