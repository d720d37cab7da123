import {
  crossEntropy,
  jensenShannon,
  klDivergence,
  selectExtremes,
  squaredL2,
  symmetricKl,
  symmetricKlFullGradient,
} from '@st/losses';
import * as tf from '@tensorflow/tfjs-core';

import { BOUNDS } from './bounds.ts';
import type { Checker } from './checker.ts';
import { mismatches, relativeError } from './compare.ts';
import type { Golden } from './golden.ts';
import { labelsOf, matrixOf } from './images.ts';
import type { Report } from './report.ts';

type Discrepancy = (upper: tf.Tensor2D, lower: tf.Tensor2D, labels: tf.Tensor1D) => tf.Scalar;

/** The functions of the logits of the upper and the lower view, by the names in the files. */
const FUNCTIONS: Readonly<Record<string, Discrepancy>> = {
  symmkl: symmetricKl,
  symmkl_nodetach: symmetricKlFullGradient,
  js: jensenShannon,
  l2sq: squaredL2,
  // the file has the sum over the batch, our function the mean
  kl_trades_sum: (upper, lower) => tf.mul(klDivergence(lower, upper), upper.shape[0]),
  ce_upper: (upper, _lower, labels) => crossEntropy(upper, labels),
};

/** Divergences and cross-entropy with their gradients, and the choice among three views at ties. */
export const checkRegularizers: Checker = (golden, report) => {
  const cases = new Set(golden.names.filter((name) => name.endsWith('/upper')).map((name) => name.split('/')[0] ?? ''));
  for (const set of cases) {
    for (const [name, discrepancy] of Object.entries(FUNCTIONS)) {
      if (golden.has(`${set}/${name}`)) checkFunction(golden, report, `${set}/${name}`, discrepancy);
    }
  }
  if (golden.has('ties/y')) checkTies(golden, report);
};

function checkFunction(golden: Golden, report: Report, name: string, discrepancy: Discrepancy): void {
  const set = name.split('/')[0];
  tf.tidy(() => {
    const labels = labelsOf(golden, `${set}/y`);
    const inputs = [matrixOf(golden, `${set}/upper`), matrixOf(golden, `${set}/lower`)];
    const forward = tf.valueAndGrads((upper, lower) =>
      // the zero term lets tfjs differentiate with respect to a view that the function does not use
      tf.add(discrepancy(upper as tf.Tensor2D, lower as tf.Tensor2D, labels), tf.mul(0, tf.sum(lower as tf.Tensor))),
    );
    const { value, grads } = forward(inputs);
    const results = { '': value, _dupper: grads[0], _dlower: grads[1] };
    for (const [suffix, result] of Object.entries(results)) {
      if (!result || !golden.has(name + suffix)) continue;
      report.check(name + suffix, relativeError(result.dataSync(), golden.values(name + suffix)), BOUNDS.pure);
    }
  });
}

function checkTies(golden: Golden, report: Report): void {
  tf.tidy(() => {
    const logits = {
      natural: matrixOf(golden, 'ties/nat'),
      collaborative: matrixOf(golden, 'ties/col'),
      adversarial: matrixOf(golden, 'ties/adv'),
    };
    const { upper, lower } = selectExtremes(logits, labelsOf(golden, 'ties/y'));
    report.check('ties/upper_inds', mismatches(upper.dataSync(), golden.values('ties/upper_inds')), 0, 'mismatches');
    report.check('ties/lower_inds', mismatches(lower.dataSync(), golden.values('ties/lower_inds')), 0, 'mismatches');
  });
}
