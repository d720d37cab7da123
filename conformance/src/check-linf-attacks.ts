import { type AscentLoss, fgsmSearch, linf, type PgdSearchOptions, pgdSearch } from '@st/attacks';
import { ascentStep } from '@st/attacks/parts';
import { asClassifier, type Batch, type Classifier, createRng, type ThreatModel } from '@st/core';
import { margin } from '@st/losses';
import * as tf from '@tensorflow/tfjs-core';

import { BOUNDS } from './bounds.ts';
import { checkPoints, checkStepGradient } from './check-points.ts';
import type { Checker } from './checker.ts';
import { relativeError } from './compare.ts';
import type { Golden } from './golden.ts';
import { countOf, imagesAt, imagesOf, inTorchOrder, labelsOf, valuesAt } from './images.ts';
import { networkOf } from './network.ts';
import type { Report } from './report.ts';
import { withinRounding } from './within-rounding.ts';

/** One attack of the file. */
type Attack = {
  /** Prefix of its tensors. */
  readonly group: string;
  readonly threat: ThreatModel;
  readonly stepSize: number;
  readonly steps: number;
  readonly ascend: AscentLoss;
};

type Setting = {
  readonly golden: Golden;
  readonly report: Report;
  readonly classifier: Classifier;
};

/** FGSM, PGD and CW in inference mode: each step from its stored point, and whole attacks from the stored noise. */
export const checkLinfAttacks: Checker = async (golden, report) => {
  const model = networkOf(golden);
  const classifier = asClassifier(model);
  for (const attack of attacksOf(golden)) await checkAttack({ golden, report, classifier }, attack);
  model.dispose();
};

function attacksOf(golden: Golden): readonly Attack[] {
  const threat = linf(golden.number('epsilon'));
  const stepSize = golden.number('step_size');
  const all: readonly Attack[] = [
    { group: 'pgd', threat, stepSize, steps: golden.number('pgd_steps'), ascend: 'cross-entropy' },
    {
      group: 'test_FGSM',
      threat,
      stepSize: golden.number('fgsm_step'),
      steps: golden.number('fgsm_steps'),
      ascend: 'cross-entropy',
    },
    { group: 'test_PGD', threat, stepSize, steps: golden.number('test_PGD_steps'), ascend: 'cross-entropy' },
    { group: 'test_CW', threat, stepSize, steps: golden.number('test_CW_steps'), ascend: 'margin' },
  ];
  return all.filter(({ group }) => golden.has(`${group}/x_steps`));
}

async function checkAttack(setting: Setting, attack: Attack): Promise<void> {
  const { golden, report } = setting;
  const check = (run: (at: Setting) => void): Promise<void> =>
    withinRounding(golden, report, (images, cases) =>
      tf.tidy(() => run({ ...setting, golden: images, report: cases })),
    );
  const stored = countOf(golden, `${attack.group}/x_steps`);
  // a file may hold only the last point
  const isWhole = stored === attack.steps + 1;
  for (let step = 0; isWhole && step < attack.steps; step++) await check((at) => checkStep(at, attack, step));
  for (let step = 0; isWhole && step < stored; step++) await check((at) => checkLogits(at, attack, step));
  await check((at) => checkWholeAttack(at, attack, stored - 1));
}

function batchOf(golden: Golden): Batch {
  return { images: imagesOf(golden, 'x'), labels: labelsOf(golden, 'y') };
}

function checkStep({ golden, report, classifier }: Setting, attack: Attack, step: number): void {
  const { group, threat, stepSize, ascend } = attack;
  const batch = batchOf(golden);
  const points = imagesAt(golden, `${group}/x_steps`, step);
  const options = { threat, stepSize, mode: 'inference', ascend, direction: 'up' } as const;
  const next = ascentStep(classifier, { ...batch, points }, options);
  const expected = valuesAt(golden, `${group}/x_steps`, step + 1);
  checkPoints(report, `${group}/x_steps[${step + 1}]`, inTorchOrder(next.points), expected, { stepSize });
  const gradients = `${group}/grads`;
  if (!golden.has(gradients) || step >= countOf(golden, gradients)) return;
  const mean = tf.div(next.gradient, batch.labels.size) as tf.Tensor4D; // the gradient of the mean loss, as stored
  checkStepGradient(report, `${gradients}[${step}]`, inTorchOrder(mean), valuesAt(golden, gradients, step));
}

function checkLogits({ golden, report, classifier }: Setting, { group }: Attack, step: number): void {
  const { labels } = batchOf(golden);
  const logits = classifier.logits(imagesAt(golden, `${group}/x_steps`, step), 'inference');
  const expected = valuesAt(golden, `${group}/logits`, step);
  report.check(`${group}/logits[${step}]`, relativeError(logits.dataSync(), expected), BOUNDS.values);
  if (!golden.has(`${group}/rank2`)) return;
  // the strongest wrong class, compared by its margin over the true class
  const classes = logits.shape[1];
  const truth = labels.dataSync();
  const logitOf = (example: number, label: number): number => expected[example * classes + label] ?? Number.NaN;
  const margins = valuesAt(golden, `${group}/rank2`, step).map(
    (rival, i) => logitOf(i, rival) - logitOf(i, truth[i] ?? Number.NaN),
  );
  const error = relativeError(margin(logits, labels).dataSync(), margins);
  report.check(`${group}/rank2[${step}]`, error, BOUNDS.values, 'by its margin');
}

/** The attack as users call it, from the stored noise, and the accuracy under it. */
function checkWholeAttack({ golden, report, classifier }: Setting, attack: Attack, last: number): void {
  const { group, stepSize, steps } = attack;
  const batch = batchOf(golden);
  const found = attackOf(golden, attack)(classifier, batch, createRng(0)).adversarial;
  const expected = valuesAt(golden, `${group}/x_steps`, last);
  checkPoints(report, `${group} whole`, inTorchOrder(found), expected, { stepSize, steps });
  const atEnd = classifier.logits(imagesAt(golden, `${group}/x_steps`, last), 'inference');
  if (last < steps) {
    const end = countOf(golden, `${group}/logits`) - 1;
    const error = relativeError(atEnd.dataSync(), valuesAt(golden, `${group}/logits`, end));
    report.check(`${group}/logits[${end}]`, error, BOUNDS.values);
  }
  const right = countRight(atEnd, batch.labels);
  const counts = {
    n_correct_adv: right,
    err_adv: batch.labels.size - right,
    err_nat: batch.labels.size - countRight(classifier.logits(batch.images, 'inference'), batch.labels),
  };
  for (const [name, count] of Object.entries(counts)) {
    if (!golden.has(`${group}/${name}`)) continue;
    report.check(`${group}/${name}`, Math.abs(count - golden.scalar(`${group}/${name}`)), 0, 'images');
  }
}

function attackOf(golden: Golden, { group, threat, stepSize, steps, ascend }: Attack): ReturnType<typeof pgdSearch> {
  const noise = `${group}/noise`;
  const start: NonNullable<PgdSearchOptions['start']> = golden.has(noise) ? imagesOf(golden, noise) : 'natural';
  if (start === 'natural' && steps === 1 && stepSize === threat.epsilon) return fgsmSearch({ threat, ascend });
  return pgdSearch({ threat, steps, stepSize, ascend, start });
}

function countRight(logits: tf.Tensor2D, labels: tf.Tensor1D): number {
  return tf.sum(tf.cast(tf.equal(tf.argMax(logits, 1), labels), 'int32')).dataSync()[0] ?? Number.NaN;
}
