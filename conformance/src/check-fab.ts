import { fabAttack } from '@st/attacks';
import { type FabRunOptions, fabRun, nearestBoundary, projectOnHyperplane } from '@st/attacks/parts';
import { asClassifier, type Classifier, createRng, type Norm, type ThreatModel } from '@st/core';
import { NORMS } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { BOUNDS } from './bounds.ts';
import type { Checker } from './checker.ts';
import { differingShare, mismatches, relativeError, relativeL2 } from './compare.ts';
import type { Golden } from './golden.ts';
import { countOf, imagesOf, inTorchOrder, labelsOf, valuesAt } from './images.ts';
import { networkOf } from './network.ts';
import type { Report } from './report.ts';
import { withinRounding } from './within-rounding.ts';

type Values = ArrayLike<number>;

type Setting = { readonly golden: Golden; readonly report: Report; readonly classifier: Classifier };

/** FAB: projections, decision boundaries, and whole runs, targeted and untargeted. */
export const checkFab: Checker = async (golden, report) => {
  for (const norm of NORMS) checkProjections(golden, report, norm);
  const model = networkOf(golden);
  const classifier = asClassifier(model);
  const within = (check: (at: Setting) => Promise<void> | void): Promise<void> =>
    withinRounding(golden, report, (images, cases) => check({ golden: images, report: cases, classifier }));
  try {
    await within(checkBoundaries);
    for (const norm of NORMS) {
      for (const isTargeted of [false, true]) {
        const group = `fab${isTargeted ? '_t' : ''}_${norm}`;
        for (const name of golden.names.filter((name) => name.startsWith(`${group}/single_run`))) {
          await within((at) => checkRun(at, norm, name));
        }
        if (golden.has(`${group}/adv`)) await within((at) => checkAttack(at, norm, isTargeted));
      }
    }
  } finally {
    model.dispose();
  }
};

/** The displacement d for each stored point and hyperplane. */
function checkProjections(golden: Golden, report: Report, norm: Norm): void {
  const name = `proj/${norm}`;
  if (!golden.has(name)) return;
  const offsets = golden.values('proj/b');
  const moves = Array.from(offsets, (offset, row) => {
    const point = valuesAt(golden, 'proj/points', row);
    const normal = valuesAt(golden, 'proj/w', row);
    const gap = point.reduce((sum, value, i) => sum + value * (normal[i] ?? Number.NaN), -offset);
    return [...projectOnHyperplane(norm, { point, normal, gap })];
  });
  report.check(name, relativeError(moves.flat(), golden.values(name)), BOUNDS.pure, `${countOf(golden, name)} points`);
}

/** The logit differences of the first image, by class, and the l1 norms of their gradients. */
function checkBoundaries({ golden, report, classifier }: Setting): void {
  const stored = golden.values('diff/df');
  const label = golden.values('y')[0] ?? Number.NaN;
  const [differences, sums] = tf.tidy(() => {
    const points: tf.Tensor4D = tf.slice(imagesOf(golden, 'x'), [0, 0, 0, 0], [1, -1, -1, -1]);
    const labels = tf.tensor1d([label], 'int32');
    const lines = Array.from(stored, (_, rival) => {
      const rivals = [tf.tensor1d([rival], 'int32')];
      return nearestBoundary({ norm: 'linf', classifier, points, labels, rivals }).dataSync().slice();
    });
    const sizes = lines.map((line) =>
      Array.from(line.subarray(0, points.size)).reduce((sum, value) => sum + Math.abs(value), 0),
    );
    return [lines.map((line) => line[points.size] ?? Number.NaN), sizes] as const;
  });
  const others = [...stored.keys()].filter((rival) => rival !== label);
  const pick = (values: ArrayLike<number>): number[] => others.map((rival) => values[rival] ?? Number.NaN);
  report.check('diff/df', relativeError(pick(differences), pick(stored)), BOUNDS.values);
  // gradients of images jump where the input of a ReLU is 0 up to rounding
  const error = relativeL2(pick(sums), pick(golden.values('diff/dg_l1')));
  report.check('diff/dg_l1', error, BOUNDS.imageGradients);
}

function threatOf(golden: Golden, norm: Norm): ThreatModel {
  return { norm, epsilon: golden.number(`eps_${norm}`), bounds: [0, 1] };
}

function optionsOf(golden: Golden, norm: Norm): FabRunOptions {
  return {
    threat: threatOf(golden, norm),
    iterations: golden.number('n_iter'),
    alphaMax: golden.number('alpha_max'),
    eta: golden.number('eta'),
    beta: golden.number('beta'),
    keep: 'smallest',
    finalSearch: 0, // AutoAttack's code has no final search
  };
}

/** A run that starts at the images, on as many of the first ones as the file stores. */
async function checkRun({ golden, report, classifier }: Setting, norm: Norm, name: string): Promise<void> {
  const count = countOf(golden, name);
  const rank = Number(/target(\d+)$/.exec(name)?.[1]);
  const { images, labels, targets } = tf.tidy(() => {
    const images: tf.Tensor4D = tf.slice(imagesOf(golden, 'x'), [0, 0, 0, 0], [count, -1, -1, -1]);
    const labels: tf.Tensor1D = tf.slice(labelsOf(golden, 'y'), [0], [count]);
    // targets count from 1: target 2 is the class with the second largest logit
    const ranked = tf.topk(classifier.logits(images, 'inference'), classifier.classes).indices;
    const targets = Number.isNaN(rank) ? {} : { targets: tf.unstack(ranked, 1)[rank - 1] as tf.Tensor1D };
    return { images, labels, ...targets };
  });
  const examples = { images, labels, ...(targets && { targets }) };
  const result = await fabRun(classifier, examples, images, optionsOf(golden, norm));
  const actual = inTorchOrder(result.adversarial);
  tf.dispose([images, labels, targets ?? [], result.adversarial]);
  const expected = golden.values(name);
  checkShare(report, name, actual, expected, golden);
  const natural = golden.values('x').subarray(0, expected.length);
  const far = rowsOf(expected, count).map((row, i) => distance(norm, row, rowsOf(natural, count)[i] ?? []));
  // a run that found no misclassified point returns the image
  const ours = Array.from(result.distances, (length) => (Number.isFinite(length) ? length : 0));
  report.check(`${name} distances`, relativeError(ours, far), BOUNDS.gradients, 'they depend on gradients');
}

/** FAB has no step size, so only the share of differing pixels is checked. It grows with every step from stored points. */
function checkShare(report: Report, name: string, actual: Values, expected: Values, golden: Golden): void {
  const bound = golden.number('n_iter') * BOUNDS.pixels;
  report.check(name, differingShare(actual, expected), bound, 'share of pixels that differ');
}

function rowsOf(values: Float64Array, count: number): Float64Array[] {
  const size = values.length / count;
  return Array.from({ length: count }, (_, row) => values.subarray(row * size, (row + 1) * size));
}

function distance(norm: Norm, x: Values, y: Values): number {
  const sizes = Array.from({ length: x.length }, (_, i) => Math.abs((x[i] ?? Number.NaN) - (y[i] ?? Number.NaN)));
  if (norm === 'linf') return Math.max(...sizes);
  if (norm === 'l2') return Math.hypot(...sizes);
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** The attack as evaluations run it: the examples found within the radius, and the number of gradient calls. */
async function checkAttack({ golden, report, classifier }: Setting, norm: Norm, isTargeted: boolean): Promise<void> {
  const group = `fab${isTargeted ? '_t' : ''}_${norm}`;
  const { keep, ...options } = optionsOf(golden, norm);
  const restarts = golden.number('n_restarts');
  if (restarts > 1) return report.skip(`${group}/adv`, 'not covered: the draws of restarts are not stored');
  // default of the published code, if the header has none
  const targets = Number(golden.setting('n_target_classes') ?? Math.min(9, classifier.classes - 1));
  const batch = { images: imagesOf(golden, 'x'), labels: labelsOf(golden, 'y') };
  const attack = fabAttack({ ...options, keep, restarts, ...(isTargeted && { targeted: targets }) });
  const size = batch.labels.size;
  const examples = Array.from({ length: size }, (_, row) => createRng(row));
  const result = await attack.run(classifier, batch, { examples, shared: createRng(0) });
  const actual = inTorchOrder(result.adversarial);
  const right = tf.tidy(() =>
    tf
      .equal(tf.argMax(classifier.logits(batch.images, 'inference'), 1), batch.labels)
      .dataSync()
      .slice(),
  );
  tf.dispose([batch, result.adversarial]);
  const expected = golden.values(`${group}/adv`);
  checkShare(report, `${group}/adv`, actual, expected, golden);
  const natural = rowsOf(golden.values('x'), size);
  const found = rowsOf(expected, size).map((row, i) => Number(distance('linf', row, natural[i] ?? []) > 0));
  report.check(`${group}/found`, mismatches(result.found, found), 0, 'examples');
  const runs = isTargeted ? targets : 1;
  const perRun = options.iterations * (isTargeted ? 1 : classifier.classes - 1);
  const isRight = Array.from(right);
  const spent = Array.from(result.gradientCalls, (calls) => calls / perRun);
  const areRuns = spent.map((count, row) => {
    if (!isRight[row]) return count === 0;
    return found[row] ? Number.isInteger(count) && count >= 1 && count <= runs : count === runs;
  });
  report.check(`${group}/runs`, areRuns.filter((is) => !is).length, 0, 'examples whose gradient calls are off');
  const queries = spent.map((count) => 1 + 2 * options.iterations * count);
  report.check(`${group}/queries`, mismatches(result.queries, queries), 0, 'examples');
}
