import { releaseMemory } from '@st/backend-native';
import { asClassifier } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';

import { modelNamed } from './model-named.ts';
import type { Measure } from './row.ts';
import { workload } from './workload.ts';

/**
 * V8 compiles the JavaScript between the kernels after some hundreds of calls: a training run is past that in its first
 * minutes. Single images come there in seconds.
 */
const WARM_SECONDS = 4;

/** Runs a measure on a model of its own until V8 has compiled what it takes, and frees the model, lest it count as the measure's memory. */
export function warmUp(model: string, measure: Measure, steps: number): void {
  const run = workload(asClassifier(modelNamed(model)), { batch: 1, measure }, steps);
  const ready = performance.now() + WARM_SECONDS * 1000;
  while (performance.now() < ready) run();
  tf.disposeVariables();
  releaseMemory();
}
