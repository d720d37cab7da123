import { squeezeSearch } from '@st/attacks';
import { type SqueezePoints, squeezeStep } from '@st/attacks/parts';
import { type Batch, type Classifier, createRng, type SGD } from '@st/core';
import type { ViewImages } from '@st/core/kit';
import { objective, squeezeLoss } from '@st/losses';
import type { OfViews } from '@st/losses/kit';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

import { BOUNDS } from './bounds.ts';
import { checkPoints } from './check-points.ts';
import { checkSelection } from './check-selection.ts';
import { checkStatistics, checkTensors } from './check-tensors.ts';
import { relativeError, relativeL2 } from './compare.ts';
import type { Golden } from './golden.ts';
import { inTorchLayout, parametersOf } from './gradients-of.ts';
import { imagesOf, inTorchOrder, labelsOf, valuesAt } from './images.ts';
import type { Report } from './report.ts';
import { SQUEEZE_TERMS, squeezeOptions, squeezePasses, squeezeStart } from './squeeze-options.ts';
import { sgdOf, trainOnce } from './training-step.ts';

type Setting = {
  readonly golden: Golden;
  readonly report: Report;
  readonly classifier: Classifier;
  readonly model: LayersModel;
};

type Points = ViewImages<'adversarial' | 'collaborative'>;

/**
 * Training from the stored noise: each batch searches, computes the loss and updates, starting from the weights after the batches before it. The logged
 * values of the first batch are compared with the bound of values; those of later batches, and all weights, with that of parameters after training.
 */
export async function checkSqueezeTraining(setting: Setting): Promise<void> {
  const { golden, report, classifier, model } = setting;
  const optimizer = sgdOf(golden);
  const batches = golden.number('batches');
  const [distance, bound] = [relativeL2, BOUNDS.afterTraining];
  for (let number = 0; number < batches; number++) {
    trainOnBatch(setting, number, optimizer);
    const [actual, expected] = [parametersOf(classifier), golden.under(`params_after${number + 1}`)];
    checkTensors(report, `params_after${number + 1}/`, { actual, expected, distance, bound });
  }
  const statistics = golden.under(`bn_after${batches}`);
  await checkStatistics(report, `bn_after${batches}/`, { model, expected: statistics, distance, bound });
  const [actual, expected] = [momentumOf(optimizer), golden.under(`momentum_after${batches}`)];
  checkTensors(report, `momentum_after${batches}/`, { actual, expected, distance, bound });
  optimizer.dispose();
}

function trainOnBatch(setting: Setting, number: number, optimizer: SGD): void {
  const { golden, report, classifier } = setting;
  const group = `b${number}`;
  const bound = number === 0 ? BOUNDS.values : BOUNDS.afterTraining;
  const batch: Batch = { images: imagesOf(golden, `${group}/x`), labels: labelsOf(golden, `${group}/y`) };
  const start = {
    adversarial: squeezeStart(golden, `${group}/noise_adv`),
    collaborative: squeezeStart(golden, `${group}/noise_col`),
  };
  const options = squeezeOptions(golden);
  const search = squeezeSearch({ ...options, steps: golden.number('perturb_steps'), start });
  tf.tidy(() => {
    const points = search(classifier, batch, createRng(0));
    checkEnds(setting, group, points);
    checkSearchPath(setting, { group, batch, start, bound });
    checkAtEnds(setting, { group, batch, points, bound });
  });
  const loss = squeezeLoss({ beta: golden.number('beta'), divergence: options.divergence });
  const terms = trainOnce(classifier, batch, {
    objective: objective({ search, loss, passes: squeezePasses(golden) }),
    optimizer,
  });
  for (const [name, term] of Object.entries(SQUEEZE_TERMS)) {
    if (!golden.has(`${group}/${name}`)) continue;
    const error = relativeError([terms[term] ?? Number.NaN], golden.values(`${group}/${name}`));
    report.check(`${group}/${name} trained`, error, bound);
  }
  tf.dispose([batch.images, batch.labels, start.adversarial, start.collaborative]);
}

/** The last points of the whole search, if the file has them. */
function checkEnds({ golden, report }: Setting, group: string, points: Points): void {
  const { stepSize } = squeezeOptions(golden);
  const steps = golden.number('perturb_steps');
  for (const [stack, found] of [
    [`${group}/x_adv_steps`, points.adversarial],
    [`${group}/x_col_steps`, points.collaborative],
  ] as const) {
    if (!golden.has(stack)) continue;
    checkPoints(report, `${stack} whole`, inTorchOrder(found), valuesAt(golden, stack, steps), { stepSize, steps });
  }
}

type OnBatch = {
  readonly group: string;
  readonly batch: Batch;
  readonly bound: number;
};

/** The views selected at each step of the search from the stored noise. */
function checkSearchPath(
  { golden, report, classifier }: Setting,
  { start, ...on }: OnBatch & { readonly start: Points },
): void {
  const { group, batch, bound } = on;
  let at: SqueezePoints = {
    adversarial: tf.add(batch.images, start.adversarial),
    collaborative: tf.add(batch.images, start.collaborative),
    naturalLogits: classifier.logits(batch.images, 'batch-frozen'),
  };
  for (let row = 0; row < golden.number('perturb_steps'); row++) {
    const next = squeezeStep(classifier, batch, at, squeezeOptions(golden));
    const logits = logitsOf(classifier, { ...at, natural: batch.images });
    checkSelection(golden, report, {
      group,
      row,
      logits,
      labels: batch.labels,
      chosen: next,
      bound,
      suffix: ' trained',
    });
    at = next;
  }
}

/** Logits of the final views of the search, and the views selected from them for the loss. */
function checkAtEnds(
  { golden, report, classifier }: Setting,
  { points, ...on }: OnBatch & { readonly points: Points },
): void {
  const { group, batch, bound } = on;
  const logits = logitsOf(classifier, { ...points, natural: batch.images });
  const stored = { nat: logits.natural, col: logits.collaborative, adv: logits.adversarial };
  for (const [name, actual] of Object.entries(stored)) {
    const error = relativeError(actual.dataSync(), golden.values(`${group}/logits_${name}`));
    report.check(`${group}/logits_${name} trained`, error, bound);
  }
  const row = golden.number('perturb_steps');
  checkSelection(golden, report, { group, row, logits, labels: batch.labels, bound, suffix: ' trained' });
}

function logitsOf(classifier: Classifier, views: OfViews<tf.Tensor4D>): OfViews<tf.Tensor2D> {
  const of = (images: tf.Tensor4D): tf.Tensor2D => classifier.logits(images, 'batch-frozen');
  return {
    natural: of(views.natural),
    collaborative: of(views.collaborative),
    adversarial: of(views.adversarial),
  };
}

function momentumOf(optimizer: SGD): Map<string, ArrayLike<number>> {
  const { slots } = optimizer.state();
  const momentum = inTorchLayout(
    new Map([...slots].map(([slot, tensor]) => [slot.replace(/^momentum\//, ''), tensor])),
  );
  tf.dispose([...slots.values()]);
  return momentum;
}
