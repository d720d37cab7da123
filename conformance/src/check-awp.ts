import { asClassifier, type Batch, type Classifier, type Examples, type Objective, type Pass } from '@st/core';
import { adversarialLoss, objective, tradesLoss, withWeightPerturbation } from '@st/losses';
import { loadStateDict } from '@st/models';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

import { BOUNDS } from './bounds.ts';
import { checkStatistics, checkTensors } from './check-tensors.ts';
import type { Checker } from './checker.ts';
import { relativeError, relativeL2 } from './compare.ts';
import type { Golden } from './golden.ts';
import { gradientsOf, parametersOf } from './gradients-of.ts';
import { imagesOf, labelsOf } from './images.ts';
import { networkOf } from './network.ts';
import type { Report } from './report.ts';
import { searchFinding, sgdOf, trainOnce } from './training-step.ts';
import { withinRounding } from './within-rounding.ts';

/** The passes of the published TRADES-AWP, which differ from TRADES: the adversarial view first, then the natural one twice. */
const TRADES_AWP_PASSES: readonly Pass<'natural' | 'adversarial'>[] = [
  { view: 'adversarial', mode: 'batch-tracking' },
  { view: 'natural', mode: 'batch-tracking' },
  { view: 'natural', mode: 'batch-tracking', use: 'statistics' },
];

type Setting = {
  readonly golden: Golden;
  readonly report: Report;
  readonly classifier: Classifier;
  readonly model: LayersModel;
};

/** Adversarial weight perturbation for AT and TRADES at stored examples: direction, perturbed weights, gradient there, step, and restored weights. */
export const checkAwp: Checker = async (golden, report) => {
  const model = networkOf(golden);
  const setting = { golden, report, classifier: asClassifier(model), model };
  const check = (run: (at: Setting, step: Step) => void | Promise<void>): Promise<void> =>
    withinRounding(golden, report, async (images, cases) => {
      loadStateDict(model, golden.under('state'));
      const step = stepOf(images);
      try {
        await run({ ...setting, golden: images, report: cases }, step);
      } finally {
        tf.dispose([step.batch, step.examples]);
      }
    });
  if (golden.under('diff').size > 0) await check(checkDirection);
  const groups = [...new Set(golden.names.flatMap((name) => /^(g\d+)\//.exec(name)?.[1] ?? []))];
  for (const group of groups) {
    await check((at, step) => checkPerturbed(at, step, group));
    await check((at, step) => checkRestored(at, step, group));
  }
  model.dispose();
};

type Step = { readonly training: Objective; readonly batch: Batch; readonly examples: Examples };

function stepOf(golden: Golden): Step {
  const adversarial = imagesOf(golden, 'x_adv');
  const images = golden.has('x') ? imagesOf(golden, 'x') : tf.clone(adversarial);
  const batch = { images, labels: labelsOf(golden, 'y') };
  const search = searchFinding({ adversarial });
  const training = golden.file.includes('trades')
    ? objective({ search, loss: tradesLoss({ beta: golden.number('beta') }), passes: TRADES_AWP_PASSES })
    : objective({ search, loss: adversarialLoss() });
  const views = { natural: tf.clone(images), adversarial };
  return { training, batch, examples: { labels: tf.clone(batch.labels), views } };
}

function perturbing(golden: Golden, { training }: Step, gamma: number): Objective {
  return withWeightPerturbation(training, { gamma, proxyLearningRate: golden.number('proxy_lr') });
}

/** With gamma 1 the displacement is the direction itself. */
function checkDirection({ golden, report, classifier }: Setting, step: Step): void {
  const before = parametersOf(classifier);
  const direction = perturbing(golden, step, 1).wrapUpdate(classifier, step.examples, () => parametersOf(classifier));
  const differences = [...direction].map(([name, values]) => {
    const from = before.get(name) ?? [];
    return [name, Float64Array.from(values, (value, i) => value - (from[i] ?? Number.NaN))] as const;
  });
  const expected = golden.under('diff');
  const actual = new Map(differences.filter(([name, moved]) => expected.has(name) || moved.some((by) => by !== 0)));
  checkTensors(report, 'diff/', { actual, expected, distance: relativeL2, bound: BOUNDS.gradients });
}

async function checkPerturbed(
  { golden, report, classifier, model }: Setting,
  step: Step,
  group: string,
): Promise<void> {
  const before = parametersOf(classifier);
  const { inside, terms, gradients } = perturbing(golden, step, golden.number(`${group}_gamma`)).wrapUpdate(
    classifier,
    step.examples,
    () => ({ inside: parametersOf(classifier), ...gradientsOf(step.training, classifier, step.examples) }),
  );
  const wanted = golden.under(`${group}/perturbed`);
  const hasMoved = (name: string, values: ArrayLike<number>): boolean =>
    Array.from(values).some((value, i) => value !== before.get(name)?.[i]);
  const perturbed = new Map([...inside].filter(([name, values]) => wanted.has(name) || hasMoved(name, values)));
  const shared = { distance: relativeL2, bound: BOUNDS.gradients };
  checkTensors(report, `${group}/perturbed/`, { ...shared, actual: perturbed, expected: wanted });
  report.check(
    `${group}/loss`,
    relativeError([terms.total ?? Number.NaN], golden.values(`${group}/loss`)),
    BOUNDS.values,
  );
  checkTensors(report, `${group}/grad/`, { ...shared, actual: gradients, expected: golden.under(`${group}/grad`) });
  const statistics = golden.under(`${group}/bn_after`);
  await checkStatistics(report, `${group}/bn_after/`, { model, expected: statistics, bound: BOUNDS.statistics });
}

/** The whole step: ascent, update with weight decay at the perturbed weights, and restoration. */
function checkRestored({ golden, report, classifier }: Setting, step: Step, group: string): void {
  const optimizer = sgdOf(golden);
  trainOnce(classifier, step.batch, {
    objective: perturbing(golden, step, golden.number(`${group}_gamma`)),
    optimizer,
  });
  optimizer.dispose();
  checkTensors(report, `${group}/restored/`, {
    actual: parametersOf(classifier),
    expected: golden.under(`${group}/restored`),
    distance: relativeL2,
    bound: BOUNDS.gradients,
  });
}
