import { collaborativeSearch, linf } from '@st/attacks';
import { type AscentStepOptions, ascentStep, GAUSSIAN_START_DEVIATION } from '@st/attacks/parts';
import { asClassifier, type Batch, type BatchNormMode, type Classifier, createRng } from '@st/core';
import { crossEntropyPerExample } from '@st/losses';
import * as tf from '@tensorflow/tfjs-core';

import { BOUNDS } from './bounds.ts';
import { checkPoints, checkStepGradient } from './check-points.ts';
import { checkStatistics } from './check-tensors.ts';
import type { Checker } from './checker.ts';
import { relativeError } from './compare.ts';
import type { Golden } from './golden.ts';
import { countOf, imagesAt, imagesOf, inTorchOrder, labelsOf, valuesAt } from './images.ts';
import { networkOf } from './network.ts';
import type { Report } from './report.ts';
import { withinRounding } from './within-rounding.ts';

type Setting = {
  readonly golden: Golden;
  readonly report: Report;
  readonly classifier: Classifier;
  /** Prefix of the search's tensors. */
  readonly group: string;
  readonly options: AscentStepOptions;
};

const MODES: Readonly<Record<string, BatchNormMode>> = { eval: 'inference', train_frozen: 'batch-frozen' };

/** The collaborative search, with running and with batch statistics. */
export const checkCollaborative: Checker = async (golden, report) => {
  const model = networkOf(golden);
  const classifier = asClassifier(model);
  const threat = linf(golden.number('epsilon'));
  const stepSize = golden.number('step_size');
  for (const [group, mode] of Object.entries(MODES)) {
    if (!golden.has(`${group}/x_steps`)) continue;
    const options: AscentStepOptions = { threat, stepSize, mode, ascend: 'cross-entropy', direction: 'down' };
    await checkSearch({ golden, report, classifier, group, options });
    // no search of the file may change the running statistics
    await checkStatistics(report, `${group} statistics`, { model, expected: golden.under('state'), bound: 0 });
  }
  model.dispose();
};

async function checkSearch(setting: Setting): Promise<void> {
  const { golden, report, group } = setting;
  const check = (run: (at: Setting) => void): Promise<void> =>
    withinRounding(golden, report, (images, cases) =>
      tf.tidy(() => run({ ...setting, golden: images, report: cases })),
    );
  const steps = golden.number('steps');
  const areStored = countOf(golden, `${group}/x_steps`) === steps + 1;
  for (let step = 0; areStored && step < steps; step++) await check((at) => checkStep(at, step));
  await check((at) => checkLosses(at, areStored));
  await check((at) => checkWholeSearch(at, steps));
}

function batchOf(golden: Golden): Batch {
  return { images: imagesOf(golden, 'x'), labels: labelsOf(golden, 'y') };
}

function startOf(golden: Golden, group: string): tf.Tensor4D {
  return tf.mul(GAUSSIAN_START_DEVIATION, imagesOf(golden, `${group}/noise`));
}

function checkStep({ golden, report, classifier, group, options }: Setting, step: number): void {
  const batch = batchOf(golden);
  const points = imagesAt(golden, `${group}/x_steps`, step);
  const next = ascentStep(classifier, { ...batch, points }, options);
  const expected = valuesAt(golden, `${group}/x_steps`, step + 1);
  checkPoints(report, `${group}/x_steps[${step + 1}]`, inTorchOrder(next.points), expected, options);
  if (!golden.has(`${group}/grads`)) return;
  const mean = tf.div(next.gradient, batch.labels.size) as tf.Tensor4D; // the gradient of the mean loss, as stored
  checkStepGradient(report, `${group}/grads[${step}]`, inTorchOrder(mean), valuesAt(golden, `${group}/grads`, step));
}

/** Cross-entropy of each example at each point: at the stored points if the file has them, otherwise at the points of a run from the noise. */
function checkLosses({ golden, report, classifier, group, options }: Setting, areStored: boolean): void {
  const batch = batchOf(golden);
  const losses = `${group}/losses`;
  let points: tf.Tensor4D = tf.add(batch.images, startOf(golden, group));
  for (let step = 0; step < countOf(golden, losses); step++) {
    if (areStored) points = imagesAt(golden, `${group}/x_steps`, step);
    const actual = crossEntropyPerExample(classifier.logits(points, options.mode), batch.labels);
    report.check(`${losses}[${step}]`, relativeError(actual.dataSync(), valuesAt(golden, losses, step)), BOUNDS.values);
    if (!areStored) points = ascentStep(classifier, { ...batch, points }, options).points;
  }
}

function checkWholeSearch({ golden, report, classifier, group, options }: Setting, steps: number): void {
  const { threat, stepSize, mode } = options;
  const search = collaborativeSearch({ threat, stepSize, steps, mode, start: startOf(golden, group) });
  const found = inTorchOrder(search(classifier, batchOf(golden), createRng(0)).collaborative);
  const expected = valuesAt(golden, `${group}/x_steps`, countOf(golden, `${group}/x_steps`) - 1);
  checkPoints(report, `${group} whole`, found, expected, { stepSize, steps });
}
