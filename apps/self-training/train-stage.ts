import { join } from 'node:path';
import { RST_TRAINING, rstTradesTraining, squeezeTraining } from '@st/attacks';
import { type Classifier, type Dataset, fit, type Objective, presetSchedule, SGD } from '@st/core';
import { SQUEEZE_RST_PASSES } from '@st/losses';

import type { Progress } from '../command-line/progress.ts';
import type { RstSettings } from './command-line.ts';

/** One training run of the script. */
export type Stage = {
  /** Name of its checkpoint folder and progress line. */
  readonly name: string;
  readonly classifier: Classifier;
  readonly train: Dataset;
  readonly objective: Objective;
  readonly epochs: number;
  readonly settings: RstSettings;
  readonly progress: Progress;
  readonly signal: AbortSignal;
};

/** ST-RST: uniform start, and the adversarial view forwarded before the natural one; or TRADES as published with RST. */
export function robustObjective(settings: RstSettings): Objective {
  const { method, epsilon, steps, stepSize, beta } = settings;
  const walk = { ...RST_TRAINING, epsilon, steps, stepSize, beta };
  switch (method) {
    case 'squeeze':
      return squeezeTraining({ ...walk, start: 'uniform', passes: SQUEEZE_RST_PASSES });
    case 'trades':
      return rstTradesTraining(walk);
  }
}

/**
 * Trains with Nesterov momentum and half a cosine, as the published code of RST does. Resumes from the stage's checkpoint if there is one.
 * @throws `signal.reason` if it is interrupted.
 */
export async function trainStage(stage: Stage): Promise<void> {
  const { name, classifier, train, objective, epochs, settings, progress, signal } = stage;
  const { batchSize, seed, lr, out, backend: _backend, dataDir: _dataDir, ...decisive } = settings;
  const optimizer = new SGD({
    learningRate: presetSchedule('rst-cosine', lr),
    momentum: 0.9,
    nesterov: true,
    weightDecay: 5e-4,
  });
  try {
    const { status } = await fit(classifier, train, {
      ...{ objective, optimizer, epochs, batchSize, seed, signal },
      ...(out === undefined ? {} : { checkpoint: join(out, name), resume: true, config: { ...decisive } }),
      onEvent: (event) => {
        if (event.type !== 'step') return;
        const { step: done, totalSteps: total, losses: values, imagesPerSecond, etaSeconds } = event;
        progress.show({ task: name, done, total, unit: 'step', values, imagesPerSecond, etaSeconds });
      },
    });
    if (status === 'interrupted') signal.throwIfAborted();
  } finally {
    optimizer.dispose();
  }
}
