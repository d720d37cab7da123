import { l2, linf, pgdSearch } from '@st/attacks';
import { type AscentStepOptions, ascentStep } from '@st/attacks/parts';
import { asClassifier, type Batch, type Classifier, createRng, DataFormatError, type ThreatModel } from '@st/core';
import { loadStateDict } from '@st/models';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

import { BOUNDS } from './bounds.ts';
import { checkPoints, checkStepGradient } from './check-points.ts';
import { checkStatistics } from './check-tensors.ts';
import type { Checker } from './checker.ts';
import { relativeL2 } from './compare.ts';
import type { Golden } from './golden.ts';
import { countOf, imagesAt, imagesOf, inTorchOrder, labelsOf, valuesAt } from './images.ts';
import { networkOf, normalizationOf } from './network.ts';
import type { Report } from './report.ts';
import { withinRounding } from './within-rounding.ts';

type Setting = {
  readonly golden: Golden;
  readonly report: Report;
  readonly classifier: Classifier;
  readonly model: LayersModel;
  /** Prefix of the attack's tensors: `awp_l_2_train`. */
  readonly group: string;
  readonly options: AscentStepOptions;
};

/** PGD as AWP's code uses it in training and test: from a clipped start, with running statistics, or with batch statistics that every pass tracks. */
export const checkAwpAttack: Checker = async (golden, report) => {
  const model = networkOf(golden, { normalization: normalizationOf(golden) });
  const classifier = asClassifier(model);
  for (const [group, options] of attacksOf(golden)) {
    const setting: Setting = { golden, report, classifier, model, group, options };
    loadStateDict(model, golden.under('state')); // the previous attack may have changed the running statistics
    const steps = golden.has(`${group}/norm_inputs`) ? countOf(golden, `${group}/norm_inputs`) - 1 : 0;
    for (let step = 0; options.mode === 'inference' && step < steps; step++) {
      await withinRounding(golden, report, (images, cases) =>
        tf.tidy(() => checkStep({ ...setting, golden: images, report: cases }, step)),
      );
    }
    await withinRounding(golden, report, async (images, cases) => {
      loadStateDict(model, golden.under('state'));
      await checkWholeAttack({ ...setting, golden: images, report: cases });
    });
  }
  model.dispose();
};

const THREATS: Readonly<Record<string, (epsilon: number) => ThreatModel>> = { l_inf: linf, l_2: l2 };

function attacksOf(golden: Golden): ReadonlyMap<string, AscentStepOptions> {
  const attacks = new Map<string, AscentStepOptions>();
  for (const name of golden.names) {
    const [, group, norm = '', mode] = /^(awp_(\w+)_(eval|train))\//.exec(name) ?? [];
    if (group === undefined || attacks.has(group)) continue;
    const threat = THREATS[norm];
    if (!threat) throw new DataFormatError(`[@st/conformance] ${golden.file}: unknown norm '${norm}' (${group}).`);
    const [epsilon, stepSize] = pairOf(golden, `${norm}_eps_step`);
    attacks.set(group, {
      threat: threat(epsilon),
      stepSize,
      mode: mode === 'train' ? 'batch-tracking' : 'inference',
      ascend: 'cross-entropy',
      direction: 'up',
    });
  }
  return attacks;
}

/** A pair of the header, `(0.5, 0.15)`. */
function pairOf(golden: Golden, key: string): [number, number] {
  const numbers = (golden.setting(key) ?? '')
    .replaceAll(/[()\s]/g, '')
    .split(',')
    .map(Number);
  const [first, second] = numbers;
  if (numbers.length === 2 && numbers.every(Number.isFinite)) return [first ?? 0, second ?? 0];
  throw new DataFormatError(
    `[@st/conformance] ${golden.file}: the header's '${key}' must be two numbers, got '${golden.setting(key)}'.`,
  );
}

function batchOf(golden: Golden): Batch {
  return { images: imagesOf(golden, 'x'), labels: labelsOf(golden, 'y') };
}

/** The start that the stored noise gives: the noise itself, or a direction and the fraction of the radius to move along it. */
function startOf({ golden, group, options }: Pick<Setting, 'golden' | 'group' | 'options'>): tf.Tensor4D {
  if (golden.has(`${group}/noise`)) return imagesOf(golden, `${group}/noise`);
  const direction = imagesOf(golden, `${group}/noise_normal`);
  const parts = tf.tensor(Float32Array.from(golden.values(`${group}/noise_r`)), [direction.shape[0], 1, 1, 1]);
  const length = tf.sqrt(tf.sum(tf.square(direction), [1, 2, 3], true));
  return tf.mul(direction, tf.mul(options.threat.epsilon, tf.div(parts, length)));
}

/** Checks the step from one stored input of the network to the next; the file stores normalized inputs. */
function checkStep({ golden, report, classifier, group, options }: Setting, step: number): void {
  const inputs = `${group}/norm_inputs`;
  const { mean: mu, std } = normalizationOf(golden);
  const pixels = (index: number): tf.Tensor4D => tf.add(tf.mul(imagesAt(golden, inputs, index), std), mu);
  const batch = batchOf(golden);
  if (step === 0) {
    const start = tf.clipByValue(tf.add(batch.images, startOf({ golden, group, options })), 0, 1);
    checkPoints(report, `${inputs}[0]`, inTorchOrder(start as tf.Tensor4D), inTorchOrder(pixels(0)), options);
  }
  const next = ascentStep(classifier, { ...batch, points: pixels(step) }, options);
  checkPoints(report, `${inputs}[${step + 1}]`, inTorchOrder(next.points), inTorchOrder(pixels(step + 1)), options);
  const gradients = `${group}/input_grads`;
  if (!golden.has(gradients) || step >= countOf(golden, gradients)) return;
  // the gradient of the mean loss with respect to normalized pixels, as stored
  const actual = inTorchOrder(tf.mul(next.gradient, tf.div(std, batch.labels.size)));
  const stored = valuesAt(golden, gradients, step);
  if (options.threat.norm === 'linf') checkStepGradient(report, `${gradients}[${step}]`, actual, stored);
  else report.check(`${gradients}[${step}]`, relativeL2(actual, stored), BOUNDS.imageGradients);
}

/** The attack as users call it, from the stored noise, and the running statistics after its passes. */
async function checkWholeAttack(setting: Setting): Promise<void> {
  const { golden, report, classifier, model, group, options } = setting;
  const steps = golden.number('attack_iters');
  const { threat, stepSize, mode } = options;
  tf.tidy(() => {
    const batch = batchOf(golden);
    const search = pgdSearch({
      threat,
      stepSize,
      mode,
      steps,
      start: startOf(setting),
      clipStart: true,
      keep: 'strongest',
    });
    const found = inTorchOrder(search(classifier, batch, createRng(0)).adversarial);
    const expected = inTorchOrder(tf.add(batch.images, imagesOf(golden, `${group}/delta`)));
    checkPoints(report, `${group}/delta whole`, found, expected, { threat, stepSize, steps });
  });
  const moved = mode === 'batch-tracking';
  await checkStatistics(report, moved ? `${group}/bn_after/` : `${group} statistics`, {
    model,
    expected: moved ? golden.under(`${group}/bn_after`) : golden.under('state'),
    bound: moved ? BOUNDS.statistics : 0,
  });
}
