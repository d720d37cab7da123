import { type ApgdLoss, apgdAttack } from '@st/attacks';
import {
  type ApgdExamples,
  type ApgdIteration,
  type ApgdRunOptions,
  apgdCheckpoints,
  apgdOscillates,
  apgdRun,
  apgdSchedule,
  apgdStart,
  l1BoxShift,
  projectL1Box,
} from '@st/attacks/parts';
import { asClassifier, type Classifier, createRng, DataFormatError, type Rng, type ThreatModel } from '@st/core';
import { crossEntropyPerExample, dlrPerExample, margin, targetedDlrPerExample } from '@st/losses';
import * as tf from '@tensorflow/tfjs-core';

import { BOUNDS } from './bounds.ts';
import { checkPoints } from './check-points.ts';
import type { Checker } from './checker.ts';
import { differingShare, mismatches, relativeError } from './compare.ts';
import type { Golden } from './golden.ts';
import { countOf, imagesAt, imagesOf, inTorchOrder, labelsOf, matrixOf, valuesAt } from './images.ts';
import { networkOf } from './network.ts';
import type { Report } from './report.ts';
import { withinRounding } from './within-rounding.ts';

type Setting = { readonly golden: Golden; readonly report: Report; readonly classifier: Classifier };

/** One attack of the file. */
type Variant = {
  readonly group: string;
  readonly threat: ThreatModel;
  readonly loss: ApgdLoss;
  readonly iterations: number;
  readonly rho: number;
};

/** The losses, projections, checkpoints and decisions of APGD, its steps from stored points, and whole runs from stored draws. */
export const checkApgd: Checker = async (golden, report) => {
  tf.tidy(() => checkPure(golden, report));
  const model = networkOf(golden);
  const classifier = asClassifier(model);
  try {
    await withinRounding(golden, report, (images, cases) => checkLogits({ golden: images, report: cases, classifier }));
    for (const variant of variantsOf(golden)) {
      checkSchedules(golden, report, variant);
      await checkRuns({ golden, report, classifier }, variant);
    }
  } finally {
    model.dispose();
  }
};

function variantsOf(golden: Golden): readonly Variant[] {
  const groups = [...new Set(golden.names.map((name) => /^(apgd_\w+)\//.exec(name)?.[1] ?? ''))].filter(Boolean);
  return groups.map((group) => {
    const setting = golden.setting(group) ?? '';
    const word = (key: string): string | undefined => new RegExp(`'${key}': '(\\w+)'`).exec(setting)?.[1];
    const epsilon = Number(/'eps': ([\d.eE+-]+)/.exec(setting)?.[1]);
    const norm = word('norm')?.toLowerCase();
    if ((norm !== 'linf' && norm !== 'l2' && norm !== 'l1') || !(epsilon > 0)) {
      throw new DataFormatError(`[@st/conformance] ${golden.file}: '${group}' needs a norm and an eps in its header.`);
    }
    const threat: ThreatModel = { norm, epsilon, bounds: [0, 1] };
    const loss = word('loss') === 'dlr' ? 'dlr' : word('loss') === 'ce' ? 'ce' : 'dlr-targeted';
    return { group, threat, loss, iterations: golden.number('n_iter'), rho: golden.number('rho') };
  });
}

/** The parts that need no network. */
function checkPure(golden: Golden, report: Report): void {
  checkDlr(golden, report);
  for (const name of golden.names) {
    const checkpoints = /^checkpoints\/(\d+)$/.exec(name);
    if (checkpoints) {
      const error = mismatches(apgdCheckpoints('linf', Number(checkpoints[1])).at, golden.values(name));
      report.check(name, error, 0, 'iterations');
    }
    const oscillation = /^osc\/j(\d+)_k(\d+)$/.exec(name);
    if (oscillation) checkOscillation(golden, report, name, Number(oscillation[1]), Number(oscillation[2]));
    const projection = /^l1proj\/eps([\d.]+)$/.exec(name);
    if (projection) checkL1Projection(golden, report, name, Number(projection[1]));
  }
}

function checkDlr(golden: Golden, report: Report): void {
  const logits = matrixOf(golden, 'dlr/logits');
  const labels = labelsOf(golden, 'dlr/y');
  const targets = labelsOf(golden, 'dlr/y_target');
  const check = (name: string, values: ArrayLike<number>): void =>
    report.check(name, relativeError(values, golden.values(name)), BOUNDS.pure);
  const losses = {
    '': (z: tf.Tensor2D) => dlrPerExample(z, labels),
    _targeted: (z: tf.Tensor2D) => targetedDlrPerExample(z, labels, targets),
  };
  for (const [suffix, loss] of Object.entries(losses)) {
    check(`dlr/value${suffix}`, loss(logits).dataSync());
    const gradient = tf.grad((z) => tf.sum(loss(z as tf.Tensor2D)))(logits);
    check(`dlr/grad${suffix}`, gradient.dataSync());
  }
  // negated: the file stores the margin as the black-box attack minimizes it
  check('margin/margin', tf.neg(margin(logits, labels)).dataSync());
  check('margin/loss', tf.neg(margin(logits, labels)).dataSync());
  check('margin/ce_loss', tf.neg(crossEntropyPerExample(logits, labels)).dataSync());
}

function checkOscillation(golden: Golden, report: Report, name: string, last: number, window: number): void {
  const [, examples = 0] = golden.tensor('osc/loss_steps').shape;
  const rho = golden.number('rho');
  const actual = Array.from({ length: examples }, (_, example) =>
    Number(apgdOscillates(column(golden, 'osc/loss_steps', example), last, window, rho)),
  );
  report.check(name, mismatches(actual, golden.values(name)), 0, 'examples');
}

/** The stored shift, and the exact projection of other searches, which gives the same points. */
function checkL1Projection(golden: Golden, report: Report, name: string, epsilon: number): void {
  const center = imagesOf(golden, 'l1proj/center');
  const perturbation = imagesOf(golden, 'l1proj/pert');
  const shift = inTorchOrder(l1BoxShift(center, perturbation, epsilon));
  const expected = golden.values(name);
  report.check(name, relativeError(shift, expected), BOUNDS.pure);
  const moved: tf.Tensor4D = tf.add(center, perturbation);
  const reached = golden.values('l1proj/center').map((value, i) => {
    return value + (golden.values('l1proj/pert')[i] ?? Number.NaN) + (expected[i] ?? Number.NaN);
  });
  const projected = inTorchOrder(projectL1Box(moved, center, epsilon));
  report.check(`${name} projectL1Box`, relativeError(projected, reached), BOUNDS.pure);
}

function checkLogits({ golden, report, classifier }: Setting): void {
  const logits = tf.tidy(() => classifier.logits(imagesOf(golden, 'x'), 'inference').dataSync());
  report.check('logits', relativeError(logits, golden.values('logits')), BOUNDS.values);
}

/** One column of a matrix. */
function column(golden: Golden, name: string, index: number): Float32Array {
  const rows = countOf(golden, name);
  return Float32Array.from({ length: rows }, (_, row) => valuesAt(golden, name, row)[index] ?? Number.NaN);
}

/** The runs of a variant: one per target or restart. */
function runsOf(golden: Golden, { group }: Variant): readonly string[] {
  const runs = golden.names.map((name) => new RegExp(`^(${group}/run\\d+)/`).exec(name)?.[1] ?? '');
  return [...new Set(runs)].filter(Boolean);
}

/** Checkpoints, and the step sizes and best losses that follow from the stored losses: exact, independent of the network. */
function checkSchedules(golden: Golden, report: Report, variant: Variant): void {
  const { group, threat, iterations, rho } = variant;
  const { rule, intervals } = apgdCheckpoints(threat.norm, iterations);
  const stored = golden.values(`${group}/n_iter_2_min_decr`);
  report.check(`${group}/n_iter_2_min_decr`, mismatches([rule.first, rule.least, rule.decrease], stored), 0);
  for (const run of runsOf(golden, variant)) {
    report.check(`${run}/k`, mismatches(intervals, golden.values(`${run}/k`)), 0, 'iterations');
    const examples = golden.tensor(`${run}/x_index`).shape[0] ?? 0;
    const steps: number[] = [];
    const best: number[] = [];
    for (let example = 0; example < examples; example++) {
      const losses = column(golden, `${run}/loss_steps`, example);
      const [, afterFirst = Number.NaN] = column(golden, `${run}/loss_best_steps`, example);
      // The loss at the start is not stored. If it was larger than the first one, it equals the best loss after the first iteration.
      const startLoss = afterFirst > (losses[0] ?? Number.NaN) ? afterFirst : Number.NEGATIVE_INFINITY;
      const options = { ...threat, iterations, rho, startLoss, pixels: 1, moved: null };
      const schedule = apgdSchedule(options);
      for (const loss of losses) {
        steps.push(schedule.stepSize);
        schedule.finish(loss, 1);
        best.push(schedule.bestLoss);
      }
    }
    const byColumn = (name: string, from: number): number[] =>
      Array.from({ length: examples }, (_, example) => [...column(golden, name, example).subarray(from)]).flat();
    const bests = relativeError(best, byColumn(`${run}/loss_best_steps`, 1));
    report.check(`${run}/loss_best_steps`, bests, BOUNDS.pure, 'of the stored losses');
    if (threat.norm === 'l1') continue; // its step sizes depend on the pixels moved, which are not stored: checked by the whole run
    const error = relativeError(steps, byColumn(`${run}/step_size`, 0));
    report.check(`${run}/step_size`, error, BOUNDS.pure, 'of the stored losses');
  }
}

/** The inputs of a run in the file. */
type RunInputs = { examples: ApgdExamples; draws: tf.Tensor4D };

function inputsOf(golden: Golden, run: string): RunInputs {
  const rows = [...golden.values(`${run}/x_index`)];
  const indices = tf.tensor1d(rows, 'int32');
  const images = tf.gather(imagesOf(golden, 'x'), indices);
  const labels = tf.gather(labelsOf(golden, 'y'), indices);
  const target = `${run}/y_target`;
  const targets = golden.has(target) ? { targets: labelsOf(golden, target) } : {};
  return { examples: { images, labels, ...targets }, draws: imagesOf(noise(golden), `${run}/rand`) };
}

/** Excludes draws from the perturbation that `withinRounding` applies to images. */
const noise = (golden: Golden): Golden => ({ ...golden, nudge: (values) => values });

async function checkRuns(setting: Setting, variant: Variant): Promise<void> {
  const { golden, report } = setting;
  const within = (check: (at: Setting) => Promise<void>): Promise<void> =>
    withinRounding(golden, report, (images, cases) => check({ ...setting, golden: images, report: cases }));
  for (const run of runsOf(golden, variant)) {
    // a file may leave out draws and points
    if (golden.has(`${run}/x_best`)) await within((at) => checkBest(at, variant, run));
    if (!golden.has(`${run}/rand`)) continue;
    await within((at) => checkStart(at, variant, run));
    await within((at) => checkWholeRun(at, variant, run));
  }
  if (runsOf(golden, variant).every((run) => golden.has(`${run}/rand`))) await within((at) => checkAttack(at, variant));
}

/** The start from the stored draws, and the step from the stored start. */
async function checkStart({ golden, report, classifier }: Setting, variant: Variant, run: string): Promise<void> {
  const name = `${run}/x_steps`;
  if (!golden.has(name)) return;
  const { threat } = variant;
  const { examples, draws } = tf.tidy(() => inputsOf(golden, run));
  const drawn = tf.tidy(() => inTorchOrder(apgdStart(threat, examples.images, draws)));
  report.check(`${name}[0]`, relativeError(drawn, valuesAt(golden, name, 0)), BOUNDS.pure);
  const start = imagesAt(golden, name, 0);
  let reached: Float32Array | undefined;
  const trace = ({ iteration, points }: ApgdIteration): void => {
    if (iteration === 1) reached = inTorchOrder(points);
  };
  const result = await apgdRun(classifier, examples, start, { ...runOptions(variant), trace });
  tf.dispose([Object.values(examples), draws, start, result.adversarial, result.best]);
  if (!reached || countOf(golden, name) < 2) return;
  const [stepSize = Number.NaN] = valuesAt(golden, `${run}/step_size`, 0);
  checkPoints(report, `${name}[1]`, reached, valuesAt(golden, name, 1), { stepSize });
}

function runOptions({ threat, loss, iterations, rho }: Variant): ApgdRunOptions {
  return { threat, loss, iterations, rho, eot: 1, keep: 'last', from: 'random' };
}

/** A run from the stored draws: every iteration and the final points. */
async function checkWholeRun({ golden, report, classifier }: Setting, variant: Variant, run: string): Promise<void> {
  const { threat, iterations } = variant;
  const { examples, draws } = tf.tidy(() => inputsOf(golden, run));
  const start = apgdStart(threat, examples.images, draws);
  const history: ApgdIteration[] = [];
  const trace = (iteration: ApgdIteration): unknown => history.push(iteration);
  const result = await apgdRun(classifier, examples, start, { ...runOptions(variant), trace });
  const best = inTorchOrder(result.best);
  tf.dispose([Object.values(examples), draws, start, result.adversarial, result.best]);
  const all = (pick: (iteration: ApgdIteration) => readonly number[]): number[] => history.flatMap(pick);
  const values = (name: string): Float64Array => golden.values(`${run}/${name}`);
  const check = (name: string, actual: ArrayLike<number>, expected: Float64Array): void =>
    report.check(`${run}/${name} whole`, relativeError(actual, expected), BOUNDS.values);
  const examplesIn = result.found.length;
  check(
    'loss_steps',
    all(({ losses }) => losses),
    values('loss_steps'),
  );
  check(
    'loss_best_steps',
    all(({ bestLosses }) => bestLosses),
    values('loss_best_steps').subarray(examplesIn),
  );
  check(
    'step_size',
    all(({ stepSizes }) => stepSizes),
    values('step_size'),
  );
  check('loss_best', result.bestLosses, values('loss_best'));
  const stillRight = Array.from(result.found, (found) => 1 - found);
  report.check(`${run}/acc`, mismatches(stillRight, values('acc')), 0, 'examples');
  const atStart = [...values('acc_steps').subarray(0, examplesIn)];
  report.check(
    `${run}/acc_steps`,
    mismatches(rightSoFar(history, atStart), values('acc_steps').subarray(examplesIn)),
    0,
  );
  if (golden.has(`${run}/x_best`)) checkShare(report, `${run}/x_best`, best, values('x_best'), iterations);
}

/** Whether each example was classified correctly so far, for each iteration; for the start, which no iteration reports, the stored values. */
function rightSoFar(history: readonly ApgdIteration[], atStart: readonly number[]): number[] {
  const right = [...atStart];
  return history.flatMap(({ isWrong }) => {
    for (const [i, wrong] of isWrong.entries()) if (wrong) right[i] = 0;
    return [...right];
  });
}

/** Checks that the stored points of largest loss have the stored loss. */
async function checkBest({ golden, report, classifier }: Setting, { loss }: Variant, run: string): Promise<void> {
  tf.tidy(() => {
    const { labels, targets } = inputsOf(golden, run).examples;
    const logits = classifier.logits(imagesOf(golden, `${run}/x_best`), 'inference');
    const losses: Readonly<Record<ApgdLoss, () => tf.Tensor1D>> = {
      ce: () => crossEntropyPerExample(logits, labels),
      dlr: () => dlrPerExample(logits, labels),
      'dlr-targeted': () => targetedDlrPerExample(logits, labels, targets ?? labels),
    };
    const error = relativeError(losses[loss]().dataSync(), golden.values(`${run}/loss_best`));
    report.check(`${run}/loss_best`, error, BOUNDS.values, 'at the stored points');
  });
}

/** The attack as evaluations run it, with streams that return the stored draws. */
async function checkAttack({ golden, report, classifier }: Setting, variant: Variant): Promise<void> {
  const { group, threat, loss, iterations, rho } = variant;
  const runs = runsOf(golden, variant);
  const batch = { images: imagesOf(golden, 'x'), labels: labelsOf(golden, 'y') };
  const targets = Number(/'n_target_classes': (\d+)/.exec(golden.setting(group) ?? '')?.[1]);
  const isTargeted = loss === 'dlr-targeted';
  const restarts = golden.number('n_restarts');
  const attack = apgdAttack({ threat, loss, iterations, rho, restarts, ...(isTargeted && { targets }) });
  const examples = Array.from({ length: batch.labels.size }, (_, row) => streamOfDraws(golden, runs, row));
  const result = await attack.run(classifier, batch, { examples, shared: createRng(0) });
  const adversarial = inTorchOrder(result.adversarial);
  tf.dispose([batch, result.adversarial]);
  const adv = `${group}/adv`;
  if (golden.has(adv)) checkShare(report, adv, adversarial, golden.values(adv), iterations * runs.length);
  const attacked = examples.map((_, row) => runs.filter((run) => golden.values(`${run}/x_index`).includes(row)));
  const found = attacked.map((in_, row) => in_.some((run) => !isStillRight(golden, run, row)));
  report.check(`${group}/found`, mismatches(result.found, found.map(Number)), 0, 'examples');
  const queries = attacked.map((in_) => 1 + in_.length * (iterations + 1));
  report.check(`${group}/queries`, mismatches(result.queries, queries), 0, 'examples');
  const gradients = attacked.map((in_) => in_.length * iterations);
  const note = 'examples; the published code computes one more per run, which it does not use';
  report.check(`${group}/gradient calls`, mismatches(result.gradientCalls, gradients), 0, note);
}

/** Checks only the share: after several steps, `BOUNDS.stepSizes` would allow a distance of the width of the ball anyway. */
function checkShare(report: Report, name: string, actual: Float32Array, expected: Float64Array, steps: number): void {
  report.check(name, differingShare(actual, expected), steps * BOUNDS.pixels, 'share of pixels that differ');
}

function isStillRight(golden: Golden, run: string, row: number): boolean {
  return golden.values(`${run}/acc`)[golden.values(`${run}/x_index`).indexOf(row)] === 1;
}

/** The stream of an example: each stream split from it returns the stored draws of the next run that attacks the example. */
function streamOfDraws(golden: Golden, runs: readonly string[], row: number): Rng {
  const left = runs.filter((run) => golden.values(`${run}/x_index`).includes(row));
  const seeded = createRng(row);
  const drawsOf = (run: string): tf.Tensor => {
    const place = golden.values(`${run}/x_index`).indexOf(row);
    return tf.tidy(() => tf.unstack(imagesOf(noise(golden), `${run}/rand`))[place] ?? tf.zeros([0]));
  };
  return {
    ...seeded,
    split: () => {
      const run = left.shift() ?? '';
      const draw = <R extends tf.Rank>(): tf.Tensor<R> => drawsOf(run) as tf.Tensor<R>;
      return { ...seeded, uniform: draw, normal: draw };
    },
  };
}
