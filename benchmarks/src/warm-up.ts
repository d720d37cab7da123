import { releaseMemory } from '@st/backend-native';
import { asClassifier } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';

import { modelNamed } from './model-named.ts';
import type { Measure } from './row.ts';
import { workload } from './workload.ts';

/**
 * V8 compiles the JavaScript between the kernels after a few hundred calls. A training run gets there within minutes, single images within seconds.
 */
const WARM_SECONDS = 4;

/** Runs a measure on a separate model until V8 has compiled its code. Frees the model, so that it does not count as memory of the measure. */
export function warmUp(model: string, measure: Measure, steps: number): void {
  const run = workload(asClassifier(modelNamed(model)), { batch: 1, measure }, steps);
  const ready = performance.now() + WARM_SECONDS * 1000;
  while (performance.now() < ready) run();
  tf.disposeVariables();
  releaseMemory();
}
