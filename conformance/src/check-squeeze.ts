import { squeezeStep } from '@st/attacks/parts';
import { asClassifier, type Batch, type Classifier } from '@st/core';
import { objective, squeezeLoss } from '@st/losses';
import { loadStateDict } from '@st/models';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

import { BOUNDS } from './bounds.ts';
import { checkPoints, checkStepGradient } from './check-points.ts';
import { checkSelection } from './check-selection.ts';
import { checkSqueezeTraining } from './check-squeeze-training.ts';
import { checkStatistics, checkTensors } from './check-tensors.ts';
import { checkLogits } from './check-training-step.ts';
import type { Checker } from './checker.ts';
import { relativeError, relativeL2 } from './compare.ts';
import type { Golden } from './golden.ts';
import { gradientsOf } from './gradients-of.ts';
import { countOf, imagesAt, imagesOf, inTorchOrder, labelsOf, valuesAt } from './images.ts';
import { networkOf } from './network.ts';
import type { Report } from './report.ts';
import { SQUEEZE_TERMS, squeezeOptions, squeezePasses } from './squeeze-options.ts';
import { withinRounding } from './within-rounding.ts';

type Setting = {
  readonly golden: Golden;
  readonly report: Report;
  readonly classifier: Classifier;
  readonly model: LayersModel;
};

/** Prefix of the first batch's tensors. Only this batch has the points of every step. */
const FIRST = 'b0';

/** Squeeze training: each step of its search and its loss at the stored points, then training from the stored noise. */
export const checkSqueeze: Checker = async (golden, report) => {
  const model = networkOf(golden, { images: `${FIRST}/x` });
  const setting = { golden, report, classifier: asClassifier(model), model };
  const state = golden.under('state');
  for (let step = 0; step < golden.number('perturb_steps'); step++) {
    await withinRounding(golden, report, (images, cases) =>
      tf.tidy(() => checkStep({ ...setting, golden: images, report: cases }, step)),
    );
  }
  await withinRounding(golden, report, async (images, cases) => {
    loadStateDict(model, state);
    await checkLoss({ ...setting, golden: images, report: cases });
  });
  await withinRounding(golden, report, async (images, cases) => {
    loadStateDict(model, state);
    await checkSqueezeTraining({ ...setting, golden: images, report: cases });
  });
  model.dispose();
};

function checkStep({ golden, report, classifier }: Setting, step: number): void {
  const [adversarial, collaborative] = [`${FIRST}/x_adv_steps`, `${FIRST}/x_col_steps`];
  const batch: Batch = { images: imagesOf(golden, `${FIRST}/x`), labels: labelsOf(golden, `${FIRST}/y`) };
  const at = {
    adversarial: imagesAt(golden, adversarial, step),
    collaborative: imagesAt(golden, collaborative, step),
    naturalLogits: classifier.logits(batch.images, 'batch-frozen'),
  };
  const options = squeezeOptions(golden);
  const next = squeezeStep(classifier, batch, at, options);
  for (const [stack, points] of [
    [adversarial, next.adversarial],
    [collaborative, next.collaborative],
  ] as const) {
    checkPoints(report, `${stack}[${step + 1}]`, inTorchOrder(points), valuesAt(golden, stack, step + 1), options);
  }
  for (const [stack, gradient] of [
    [`${FIRST}/grad_adv`, next.upperGradient],
    [`${FIRST}/grad_col`, next.lowerGradient],
  ] as const) {
    if (!golden.has(stack) || step >= countOf(golden, stack)) continue;
    checkStepGradient(report, `${stack}[${step}]`, inTorchOrder(gradient), valuesAt(golden, stack, step));
  }
  const logits = {
    natural: at.naturalLogits,
    collaborative: classifier.logits(at.collaborative, 'batch-frozen'),
    adversarial: classifier.logits(at.adversarial, 'batch-frozen'),
  };
  checkStoredLogits(
    golden,
    report,
    { logits_adv_steps: logits.adversarial, logits_col_steps: logits.collaborative },
    step,
  );
  checkSelection(golden, report, {
    group: FIRST,
    row: step,
    logits,
    labels: batch.labels,
    chosen: next,
    bound: BOUNDS.values,
  });
}

function checkStoredLogits(
  golden: Golden,
  report: Report,
  logits: Readonly<Record<string, tf.Tensor2D>>,
  step: number,
): void {
  for (const [stack, actual] of Object.entries(logits)) {
    const name = `${FIRST}/${stack}`;
    if (!golden.has(name)) continue;
    const error = relativeError(actual.dataSync(), valuesAt(golden, name, step));
    report.check(`${name}[${step}]`, error, BOUNDS.values);
  }
}

/** Loss terms, gradients and running statistics at the stored points of the first batch. */
async function checkLoss({ golden, report, classifier, model }: Setting): Promise<void> {
  const steps = golden.number('perturb_steps');
  const views = {
    natural: imagesOf(golden, `${FIRST}/x`),
    collaborative: imagesAt(golden, `${FIRST}/x_col_steps`, steps),
    adversarial: imagesAt(golden, `${FIRST}/x_adv_steps`, steps),
  };
  const labels = labelsOf(golden, `${FIRST}/y`);
  checkLogits(report, golden, classifier, {
    [`${FIRST}/logits_nat_frozen`]: views.natural,
    [`${FIRST}/logits_nat`]: views.natural,
    [`${FIRST}/logits_col`]: views.collaborative,
    [`${FIRST}/logits_adv`]: views.adversarial,
  });
  const squeeze = objective({
    search: () => views,
    loss: squeezeLoss({ beta: golden.number('beta'), divergence: 'symmetric-kl' }),
    passes: squeezePasses(golden),
  });
  const { terms, gradients } = gradientsOf(squeeze, classifier, { labels, views });
  for (const [name, term] of Object.entries({ f64_loss: 'total', ...SQUEEZE_TERMS })) {
    if (!golden.has(`${FIRST}/${name}`)) continue;
    const expected = golden.values(`${FIRST}/${name}`);
    report.check(`${FIRST}/${name}`, relativeError([terms[term] ?? Number.NaN], expected), BOUNDS.values);
  }
  const distance = relativeL2;
  const expected = golden.under('grad0');
  checkTensors(report, 'grad0/', { actual: gradients, expected, distance, bound: BOUNDS.gradients });
  const statistics = golden.under('bn_after_b0');
  await checkStatistics(report, 'bn_after_b0/', { model, expected: statistics, bound: BOUNDS.statistics });
  tf.dispose([labels, Object.values(views)]);
}
