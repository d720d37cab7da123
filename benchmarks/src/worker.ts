// Measures one case in its own process, so that peak memory is that of the case, and prints one line of JSON.
import { parseArgs } from 'node:util';
import { useBackend } from '@st/backend';
import { fmaPeak, nativeAvailable } from '@st/backend-native';
import { asClassifier } from '@st/core';

import { countOperations } from './count-operations.ts';
import { modelNamed } from './model-named.ts';
import { isTimedOnce, LEAST_SECONDS, MEASURES, type Measure } from './row.ts';
import { warmUp } from './warm-up.ts';
import { workload } from './workload.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'resnet18' },
    measure: { type: 'string', default: 'full-gradient' },
    batch: { type: 'string', default: '32' },
    steps: { type: 'string', default: '10' },
    repeat: { type: 'string', default: '3' },
    warmup: { type: 'string', default: '1' },
    backend: { type: 'string', default: 'auto' },
  },
});

const measure: Measure | undefined = MEASURES.find((name) => name === values.measure);
if (measure === undefined) throw new Error(`Unknown measure '${values.measure}': use one of ${MEASURES.join(', ')}.`);
const batch = Number(values.batch);

const { name: backend } = await useBackend(values.backend as Parameters<typeof useBackend>[0]);
const steps = Number(values.steps);
warmUp(values.model, measure, steps);
const run = workload(asClassifier(modelNamed(values.model)), { batch, measure }, steps);
// counting the operations runs one step
const once = isTimedOnce(measure);
const [warmups, repeats, seconds] = once ? [0, 1, 0] : [Number(values.warmup), Number(values.repeat), LEAST_SECONDS];
for (let i = 0; i < warmups; i++) run();
const operations = await countOperations(run);
let fastest = Number.POSITIVE_INFINITY;
const enough = performance.now() + seconds * 1000;
for (let i = 0; i < repeats || performance.now() < enough; i++) {
  const started = performance.now();
  run();
  fastest = Math.min(fastest, (performance.now() - started) / 1000);
}
console.log(
  JSON.stringify({
    backend,
    imagesPerSecond: batch / fastest,
    seconds: fastest,
    operations,
    peakOperationsPerSecond: nativeAvailable().available ? fmaPeak() : null,
  }),
);
