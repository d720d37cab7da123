import { type Classifier, fit, SGD } from '@st/core';
import type { ImageDataset } from '@st/data';
import type { Progress } from '../command-line/progress.ts';
import { buildObjective } from './build-objective.ts';
import { buildSchedule } from './build-schedule.ts';
import type { Configuration } from './configuration.ts';

export type BaselineOptions = {
  readonly configuration: Configuration;
  readonly train: ImageDataset;
  readonly progress: Progress;
  readonly signal: AbortSignal;
};

/**
 * Trains a new model of the same kind naturally for a few steps, to compare its loss landscape with that of the robust model.
 * @throws `signal.reason` if the signal is aborted.
 */
export async function trainBaseline(
  classifier: Classifier,
  { configuration, train, progress, signal }: BaselineOptions,
): Promise<void> {
  const { baselineSteps, epochs, batchSize, seed, momentum, nesterov, weightDecay } = configuration;
  const learningRate = buildSchedule({ ...configuration, schedule: 'one-cycle' });
  const optimizer = new SGD({ learningRate, momentum, nesterov, weightDecay });
  try {
    await fit(classifier, train, {
      objective: buildObjective({ ...configuration, method: 'natural', labelSmoothing: 0, awp: 0 }),
      optimizer,
      epochs,
      steps: baselineSteps,
      batchSize,
      seed,
      signal,
      onEvent: (event) => {
        if (event.type !== 'step') return;
        const { step, totalSteps, losses, imagesPerSecond, etaSeconds } = event;
        const values = { natural: losses.natural ?? Number.NaN };
        progress.show({
          task: 'comparison',
          unit: 'step',
          done: step,
          total: totalSteps,
          values,
          imagesPerSecond,
          etaSeconds,
        });
      },
    });
  } finally {
    optimizer.dispose();
  }
  signal.throwIfAborted();
}
