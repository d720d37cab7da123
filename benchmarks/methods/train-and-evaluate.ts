import { linf, PGD_20, pgdSearch } from '@st/attacks';
import { evaluate, fit, type Objective, oneCycle, SGD } from '@st/core';
import type { Count } from '@st/core/kit';
import { cifar10 } from '@st/data';
import { wideResnet } from '@st/models';

/** The budget of every method. */
export type Budget = {
  readonly steps: number;
  readonly batchSize: number;
  /** Number of test images, from the first. */
  readonly examples: number;
};

export type Accuracies = { readonly natural: Count; readonly robust: Count };

const CLASSES = 10;

/**
 * Trains WRN-10-1 on CIFAR-10 with a seed and counts the test images it classifies correctly, natural and under PGD-20. Evaluates the weights of the
 * last step: no checkpoint is selected, so none can be selected on the test set.
 */
export async function trainAndEvaluate(
  objective: Objective,
  seed: number,
  { steps, batchSize, examples }: Budget,
): Promise<Accuracies> {
  const { train, test } = await cifar10({ seed });
  const model = wideResnet({ depth: 10, widen: 1, classes: CLASSES, seed });
  const optimizer = new SGD({ learningRate: oneCycle(0.04, { rise: 0.3 }), momentum: 0.9, weightDecay: 5e-4 });
  try {
    const epochs = Math.ceil((steps * batchSize) / train.size);
    await fit(model, train, { objective, optimizer, epochs, steps, batchSize, seed });
    const search = pgdSearch({ ...PGD_20, threat: linf(8 / 255) });
    const { natural, adversarial } = await evaluate(model, test, { search, examples, seed });
    if (!adversarial) throw new Error('evaluate counted nothing under its attack.');
    return { natural, robust: adversarial };
  } finally {
    optimizer.dispose();
    model.dispose();
  }
}
