import { linf, pgdSearch } from '@st/attacks';
import { asClassifier, type Batch, type Classifier, createRng } from '@st/core';
import { adversarialLoss, objective } from '@st/losses';
import { loadStateDict } from '@st/models';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

import { BOUNDS } from './bounds.ts';
import { checkPoints } from './check-points.ts';
import { checkStatistics } from './check-tensors.ts';
import { checkLogits, checkTrainingStep } from './check-training-step.ts';
import type { Checker } from './checker.ts';
import type { Golden } from './golden.ts';
import { imagesOf, inTorchOrder, labelsOf } from './images.ts';
import { networkOf, normalizationOf } from './network.ts';
import type { Report } from './report.ts';
import { searchFinding } from './training-step.ts';
import { withinRounding } from './within-rounding.ts';

type Setting = {
  readonly golden: Golden;
  readonly report: Report;
  readonly classifier: Classifier;
  readonly model: LayersModel;
};

/** Adversarial training as in AWP's code: PGD with batch statistics, which every pass tracks; then one training step at the stored points. */
export const checkAdversarialTraining: Checker = async (golden, report) => {
  const model = networkOf(golden, { normalization: normalizationOf(golden) });
  const setting = { golden, report, classifier: asClassifier(model), model };
  const state = golden.under('state');
  await withinRounding(golden, report, async (images, cases) => {
    loadStateDict(model, state);
    await checkAttack({ ...setting, golden: images, report: cases });
  });
  await withinRounding(golden, report, async (images, cases) => {
    loadStateDict(model, new Map([...state, ...golden.under('bn_after_attack')]));
    await checkTraining({ ...setting, golden: images, report: cases });
  });
  model.dispose();
};

function batchOf(golden: Golden): Batch {
  return { images: imagesOf(golden, 'x'), labels: labelsOf(golden, 'y') };
}

async function checkAttack({ golden, report, classifier, model }: Setting): Promise<void> {
  const stepSize = golden.number('alpha');
  const steps = golden.number('attack_iters');
  tf.tidy(() => {
    const batch = batchOf(golden);
    const search = pgdSearch({
      threat: linf(golden.number('epsilon')),
      steps,
      stepSize,
      start: imagesOf(golden, 'noise'),
      clipStart: true,
      mode: 'batch-tracking',
      keep: 'strongest',
    });
    const found = inTorchOrder(search(classifier, batch, createRng(0)).adversarial);
    checkPoints(report, 'delta whole', found, inTorchOrder(storedPoints(golden)), { stepSize, steps });
  });
  const expected = golden.under('bn_after_attack');
  await checkStatistics(report, 'bn_after_attack/', { model, expected, bound: BOUNDS.statistics });
}

function storedPoints(golden: Golden): tf.Tensor4D {
  return tf.tidy(() => tf.add(imagesOf(golden, 'x'), imagesOf(golden, 'delta')));
}

async function checkTraining({ golden, report, classifier, model }: Setting): Promise<void> {
  const batch = batchOf(golden);
  const adversarial = storedPoints(golden);
  const training = objective({ search: searchFinding({ adversarial }), loss: adversarialLoss() });
  checkLogits(report, golden, classifier, { logits_adv: adversarial });
  const examples = { labels: batch.labels, views: { natural: batch.images, adversarial } };
  await checkTrainingStep({ golden, report, classifier, model }, { objective: training, batch, examples });
  tf.dispose([batch.images, batch.labels, adversarial]);
}
