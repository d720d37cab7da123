import * as tf from '@tensorflow/tfjs-core';

import { checkKind } from '../errors/check-kind.ts';
import { checkClassifier } from './check-classifier.ts';
import type { Classifier } from './classifier.ts';

/** The saved value of a variable; `dataId` shows whether the variable was written since. */
type Snapshot = { readonly variable: tf.Variable; readonly value: tf.Tensor; readonly dataId: object };

/**
 * Runs `run` and restores the values of the variables, bit for bit: `'always'`, or only `'if-it-throws'`.
 * @returns What `run` returns.
 */
export function restoring<T>(variables: readonly tf.Variable[], when: 'always' | 'if-it-throws', run: () => T): T {
  if (variables.length === 0) return run();
  const before = variables.map((variable): Snapshot => {
    return { variable, value: tf.keep(tf.clone(variable)), dataId: variable.dataId };
  });
  let isDone = false;
  try {
    const result = run();
    isDone = true;
    return result;
  } finally {
    for (const { variable, value, dataId } of before) {
      // skips variables that were not written, or were disposed by `run`
      if ((when === 'always' || !isDone) && !variable.isDisposed && variable.dataId !== dataId) variable.assign(value);
      value.dispose();
    }
  }
}

const WHERE = '[@st/core] untouchedIfItThrows';

/**
 * Runs `run`, which may make several passes; if it throws, restores the running statistics, bit for bit.
 * @returns What `run` returns.
 * @throws {InvalidArgumentError} for arguments that are not a classifier and a function.
 */
export function untouchedIfItThrows<T>(classifier: Classifier, run: () => T): T {
  checkClassifier(WHERE, classifier);
  checkKind(WHERE, 'run', run, 'function');
  const variables = classifier.statistics.map(({ variable }) => variable);
  return restoring(variables, 'if-it-throws', run);
}
